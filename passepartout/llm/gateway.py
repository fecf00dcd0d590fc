"""The way to the language model: what a call cost, and why it gave nothing.

The engine itself (client, deadlines, breaker) is built by `engines_in_use`. A call never raises for what the model did:
it ends as an outcome that says so, and whoever asked answers without it.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings

from engines.errors import EngineError
from engines.llm import Completion, LanguageModel, Message
from engines.llm.errors import AnswerTooLarge
from passepartout.kernel.scope import engine_call

from .models import LlmJob
from .prompts import Prompt
from .services import record_answer

logger = logging.getLogger("passepartout.llm")
LONGEST_ANSWER = 30_000  # characters; more than max_tokens can be, so that only a broken engine gets there
NONE_CONFIGURED = "model_not_configured"
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Request:
    """What a model is asked: rendered messages of a prompt's version."""

    prompt: Prompt
    messages: Sequence[Message]
    context_refs: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """``text`` is all that the model wrote, whatever became of it; ``failure`` is the code of why it is of no use."""

    model: str
    text: str = ""
    failure: str = ""
    stopped: bool = False
    completion: Completion | None = None
    seconds: float = 0.0
    first_token: float = 0.0

    @property
    def cut(self) -> bool:
        """Whether the last sentence may be unfinished."""
        return self.stopped or (self.completion is not None and self.completion.cut)


def complete(model: LanguageModel, request: Request) -> Outcome:
    """Ask and wait for the whole answer, within the engine's own deadlines."""
    started = time.perf_counter()
    try:
        with engine_call():
            completion = model.complete(request.messages, request.prompt.sampling)
        if len(completion.text) > LONGEST_ANSWER:
            raise AnswerTooLarge("longer than any answer")
    except EngineError as error:
        return failed(model, error, started=started)
    return Outcome(
        model=completion.model, text=completion.text, completion=completion, seconds=completion.latency,
        first_token=completion.first_token,
    )  # fmt: skip


def failed(model: LanguageModel, error: EngineError, *, started: float, text: str = "") -> Outcome:
    logger.warning("the language model did not answer", extra={"error": error.code, "model": model.name})
    return Outcome(model=model.name, text=text, failure=error.code, seconds=time.perf_counter() - started)


def record_call(request: Request, outcome: Outcome, *, purpose: str, result: str | None = None, **facts: Any) -> LlmJob:
    """Keep a call, in the caller's tenant transaction. ``result`` is what was made of the text, if not the text."""
    completion = outcome.completion
    tokens_in = completion.prompt_tokens if completion else 0
    tokens_out = completion.completion_tokens if completion else 0
    status = LlmJob.Status.FAILED if outcome.failure else LlmJob.Status.SUCCEEDED
    return record_answer(
        purpose=purpose,
        engine="model",
        model=outcome.model[:100],
        model_sha256=settings.LLM_MODEL_SHA256,
        prompt=json.dumps([[each.role, each.content] for each in request.messages], ensure_ascii=False),
        prompt_key=request.prompt.key,
        prompt_version=request.prompt.number,
        prompt_sha256=request.prompt.sha256,
        context_refs=list(request.context_refs),
        result=outcome.text if result is None else result,
        status=LlmJob.Status.STOPPED if outcome.stopped else status,
        fallback_reason=outcome.failure,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        latency_ms=round(outcome.seconds * 1000),
        first_token_ms=round(outcome.first_token * 1000),
        cost_estimate=cost(tokens_in, tokens_out),
        **facts,
    )


def cost(tokens_in: int, tokens_out: int) -> Decimal:
    """An estimate, in the operator's currency, by the prices of the settings."""
    total: Decimal = tokens_in * settings.LLM_PRICE_IN + tokens_out * settings.LLM_PRICE_OUT
    return total / _MILLION
