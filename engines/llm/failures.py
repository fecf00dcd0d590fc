"""Which of our errors an exception of the official client is. Never with the server's own words: they may quote."""

from __future__ import annotations

import re

import openai

from engines.errors import EngineError
from engines.llm.errors import (
    ModelBusy,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
    PromptTooLong,
    StreamCut,
    UnknownModel,
)

_LONGEST_RETRY_AFTER = 300.0
# llama.cpp: exceed_context_size_error; vLLM: maximum context length; TGI: `inputs` tokens + `max_new_tokens` must be.
_OVER_CONTEXT = re.compile(r"exceed_context|context (size|length|window)|max_new_tokens|prompt is too long", re.I)
_TOO_LARGE = 413
_BUSY = {429, 503}
_KEY_REFUSED = {401, 403}


def typed(failure: openai.OpenAIError, *, answering: bool) -> EngineError:
    """`answering`: the answer had begun."""
    if isinstance(failure, openai.APIStatusError):
        return _by_status(failure)
    if isinstance(failure, openai.APITimeoutError):
        return ModelTimeout("no connection in time")
    if isinstance(failure, openai.APIConnectionError):
        return StreamCut("the connection was cut") if answering else ModelUnreachable("cannot be reached")
    if isinstance(failure, openai.APIError) and _OVER_CONTEXT.search(_words(failure)):
        return PromptTooLong("the prompt does not fit the model's context")
    return StreamCut("the engine failed while answering") if answering else ModelUnreachable("not the API expected")


def _by_status(failure: openai.APIStatusError) -> EngineError:
    status = failure.status_code
    if status in _BUSY:
        return ModelBusy("busy", retry_after=_retry_after(failure))
    if status in _KEY_REFUSED:
        # A configuration to correct, not a request to refuse: the same call works once the key is right.
        return ModelUnreachable(f"refuses our key ({status})")
    if status == openai.NotFoundError.status_code:
        known = "model" not in _words(failure).lower()
        return ModelUnreachable("no such path: is LLM_URL right?") if known else UnknownModel("serves no such model")
    if status == _TOO_LARGE or _OVER_CONTEXT.search(_words(failure)):
        return PromptTooLong("the prompt does not fit the model's context")
    if status in range(400, 500):
        return ModelRefused(f"refuses the request ({status})")
    return ModelUnreachable(f"failed ({status})")


def _words(failure: openai.APIError) -> str:
    return f"{failure.message} {failure.type} {failure.body}"[:2000]


def _retry_after(failure: openai.APIStatusError) -> float:
    asked = failure.response.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_RETRY_AFTER) if asked.isdecimal() else 1.0
