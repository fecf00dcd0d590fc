"""Everything an inference service reads from its environment, in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A variable is missing or cannot be understood; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`models` is the parent of the models' directories; `timeout` is in seconds for one call, queueing included.

    `waiting_questions` and `waiting_slices` bound the two lanes of the embeddings' queue, `waiting_pages` that of OCR;
    a call beyond them is told to come back. `page_timeout` is in seconds for one page, waiting included; after
    `ocr_idle_seconds` without a page the OCR engines leave the memory. `gpu` names the GPU that the heavy engines of
    this process compute on, "" for none: each of their turns is then leased at `gpu_leases`, a Redis address.
    """

    models: Path
    token: str = ""
    threads: int = 2
    waiting_questions: int = 64
    waiting_slices: int = 1024
    timeout: float = 60.0
    waiting_pages: int = 16
    page_timeout: float = 170.0
    ocr_idle_seconds: float = 120.0
    gpu: str = ""
    gpu_leases: str = ""
    gpu_lease_seconds: float = 10.0
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModelSettings:
    """`context`: tokens of prompt and answer of one call. `slots`: calls answered at a time, each with its context."""

    gguf: Path
    token: str
    threads: int
    context: int = 8192
    slots: int = 1


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises SettingsError. The token may also be given as the path of a file, in INFERENCE_TOKEN_FILE."""
    models = environment.get("MODELS_DIR", "")
    if not models:
        raise SettingsError("MODELS_DIR must name the directory that holds the models")
    gpu, leases = environment.get("INFERENCE_GPU", ""), _secret(environment, "INFERENCE_GPU_LEASES")
    if gpu and not leases:
        raise SettingsError("INFERENCE_GPU_LEASES must name the Valkey that keeps the leases of the GPU")
    return Settings(
        models=Path(models),
        token=_secret(environment, "INFERENCE_TOKEN"),
        threads=_positive(environment, "INFERENCE_THREADS", 2),
        waiting_questions=_positive(environment, "INFERENCE_WAITING_QUESTIONS", 64),
        waiting_slices=_positive(environment, "INFERENCE_WAITING_SLICES", 1024),
        timeout=float(_positive(environment, "INFERENCE_TIMEOUT", 60)),
        waiting_pages=_positive(environment, "INFERENCE_WAITING_PAGES", 16),
        page_timeout=float(_positive(environment, "INFERENCE_PAGE_TIMEOUT", 170)),
        ocr_idle_seconds=float(_positive(environment, "INFERENCE_OCR_IDLE_SECONDS", 120)),
        gpu=gpu,
        gpu_leases=leases,
        gpu_lease_seconds=float(_positive(environment, "GPU_LEASE_SECONDS", 10)),
        log_level=environment.get("INFERENCE_LOG_LEVEL", "INFO").upper(),
    )


def language_model_from_environment(environment: Mapping[str, str] = os.environ) -> LanguageModelSettings:
    """Raises SettingsError: without a key any page open on this machine could ask the model."""
    gguf, token = environment.get("LLM_GGUF", ""), _secret(environment, "INFERENCE_TOKEN")
    if not gguf or not token:
        raise SettingsError("LLM_GGUF must name the model's file, and INFERENCE_TOKEN the key to ask it")
    return LanguageModelSettings(
        gguf=Path(environment.get("MODELS_DIR", ""), gguf),
        token=token,
        threads=_positive(environment, "LLM_THREADS", max(1, (os.cpu_count() or 2) // 2)),
        context=_positive(environment, "LLM_CONTEXT", 8192),
        slots=_positive(environment, "LLM_SLOTS", 1),
    )


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "") or str(default)
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"{name} must be a whole number above 0, not {text!r}")
    return int(text)


def _secret(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(f"{name}_FILE", "")
    if not path:
        return environment.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as unreadable:
        raise SettingsError(f"{name}_FILE cannot be read") from unreadable
