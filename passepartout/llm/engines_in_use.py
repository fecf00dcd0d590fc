"""The language model that this installation's settings name."""

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from engines.accelerator import Usage
from engines.accelerator.turns import Turns
from engines.llm import LanguageModel
from engines.llm.breaker import Breaker, GuardedModel
from engines.llm.leased import LeasedModel
from passepartout.jobs.gpus import accelerator
from passepartout.kernel.scope import current_organization, has_organization

from .metering import GPU_WAITED, PAUSED, MeteredModel
from .paced import PacedModel

if TYPE_CHECKING:
    from engines.llm.openai_http import OpenAIModel


SERVICE = "language model"  # as others are told who computes


def language_model() -> LanguageModel | None:
    """None when none is configured: whoever asks then answers without. One breaker per process."""
    return _model() if settings.LLM_URL else None


def quick_language_model() -> LanguageModel | None:
    """For who would rather have another answer than wait for the GPU: busy, it raises GpuBusy at once."""
    return _quick_model() if settings.LLM_URL else None


def language_model_usage() -> Usage | None:
    """Of the GPU that the model runs on, if it shares one. Raises GpuUnavailable."""
    return accelerator(settings.LLM_GPU).usage() if settings.LLM_GPU else None


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
    return PacedModel(_leased(_metered(), _turns()) if settings.LLM_GPU else _metered())


@lru_cache(maxsize=1)
def _quick_model() -> LanguageModel:
    return PacedModel(_leased(_metered(), _turns().impatient())) if settings.LLM_GPU else _model()


@lru_cache(maxsize=1)
def _metered() -> LanguageModel:
    return MeteredModel(GuardedModel(_bare_model(), _breaker()))


@lru_cache(maxsize=1)
def _turns() -> Turns:
    """Calls of the model hold the GPU together: the one server behind them computes them all at once."""
    leases = accelerator(settings.LLM_GPU)
    turns = Turns(leases, SERVICE, shared=True, patience=float(settings.GPU_WAIT_SECONDS))
    turns.tell_waits(GPU_WAITED.observe)
    return turns


def _leased(model: LanguageModel, turns: Turns) -> LanguageModel:
    return LeasedModel(model, turns, owner=lambda: str(current_organization()) if has_organization() else "")


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
