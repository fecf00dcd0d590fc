"""The language model that this installation's settings name."""

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from engines.llm import LanguageModel
from engines.llm.breaker import Breaker, GuardedModel

from .metering import PAUSED, MeteredModel
from .paced import PacedModel

if TYPE_CHECKING:
    from engines.llm.openai_http import OpenAIModel


def language_model() -> LanguageModel | None:
    """None when none is configured: whoever asks then answers without. One breaker per process."""
    return _model() if settings.LLM_URL else None


def prepare_language_model() -> None:
    """For the web process, so that no question waits for seconds of imports. Asks nobody."""
    if settings.LLM_URL:
        _bare_model().prepare()


def language_model_state() -> str:
    """off, configured, or paused after too many failures in a row; asks nobody."""
    if not settings.LLM_URL:
        return "off"
    return "paused" if _breaker().is_open else "configured"


@lru_cache(maxsize=1)
def _breaker() -> Breaker:
    return Breaker()


@lru_cache(maxsize=1)
def _model() -> LanguageModel:
    PAUSED.set_function(lambda: float(_breaker().is_open))
    return PacedModel(MeteredModel(GuardedModel(_bare_model(), _breaker())))


def _bare_model() -> "OpenAIModel":
    from engines.llm.answers import Timeouts
    from engines.llm.openai_http import Endpoint, OpenAIModel  # the client takes a second to import

    first_token = float(settings.LLM_FIRST_TOKEN_SECONDS)
    endpoint = Endpoint(
        settings.LLM_URL,
        settings.LLM_MODEL,
        kind=settings.LLM_KIND,
        api_key=settings.LLM_API_KEY,
        context=settings.LLM_CONTEXT,
        timeouts=Timeouts(first_token=first_token, total=float(settings.LLM_TIMEOUT_SECONDS)),
    )
    return OpenAIModel(endpoint)
