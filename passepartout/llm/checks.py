"""System checks: a language model that can never answer."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from engines.llm.kinds import KINDS


@register()
def the_language_model_can_be_asked(**kwargs: Any) -> list[CheckMessage]:
    if not settings.LLM_URL:
        return []
    found: list[CheckMessage] = []
    parts = urlsplit(settings.LLM_URL)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        found.append(Error("LLM_URL must look like http://127.0.0.1:11434", id="llm.E001"))
    if not settings.LLM_MODEL:
        found.append(Error("LLM_URL needs LLM_MODEL, the name the engine gives to the model", id="llm.E002"))
    if settings.LLM_KIND not in KINDS:
        found.append(Error(f"LLM_KIND must be one of {', '.join(KINDS)}", id="llm.E003"))
    if not 0 < settings.LLM_FIRST_TOKEN_SECONDS <= settings.LLM_TIMEOUT_SECONDS:
        found.append(Error("LLM_FIRST_TOKEN_SECONDS must be at most LLM_TIMEOUT_SECONDS", id="llm.E004"))
    if settings.LLM_GPU and settings.LLM_GPU not in settings.GPU_DEVICES:
        found.append(Error("LLM_GPU must be one of GPU_DEVICES", id="llm.E005"))
    if not settings.GPU_LEASE_SECONDS > 0:
        found.append(Error("GPU_LEASE_SECONDS must be above 0", id="llm.E006"))
    return found
