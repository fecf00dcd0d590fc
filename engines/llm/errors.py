"""What a language model may answer instead of text.

EngineError
├── EngineUnavailable
│   ├── ModelUnreachable   refused connection, 5xx, not the API, wrong key          retry later
│   ├── StreamCut          the answer stopped in the middle                          retry later
│   ├── AnswerTooLarge     more bytes than any answer has: the engine is broken      retry later
│   └── ModelPaused        too many failures in a row: not asked at all              retry after `retry_after`
├── EngineTimeout
│   └── ModelTimeout       no connection, first token, next token or end in time     retry later
├── EngineBusy
│   └── ModelBusy          429 or 503                                                retry after `retry_after`
├── EngineRejected
│   ├── ModelRefused       it refuses this very request                              never retry
│   ├── PromptTooLong      the prompt does not fit its context                       never retry
│   └── UnknownModel       it serves no model of that name                           never retry
└── OutputInvalid          it did not obey the schema, twice                         never retry
"""

from __future__ import annotations

from typing import ClassVar

from engines.errors import EngineBusy, EngineError, EngineRejected, EngineTimeout, EngineUnavailable


class ModelUnreachable(EngineUnavailable):
    code = "model_unreachable"


class StreamCut(EngineUnavailable):
    code = "model_stream_cut"


class AnswerTooLarge(EngineUnavailable):
    code = "model_answer_too_large"


class ModelPaused(EngineUnavailable):
    code = "model_paused"

    def __init__(self, detail: str = "", *, retry_after: float = 1.0) -> None:
        """`retry_after`: seconds until the next attempt is let through."""
        super().__init__(detail)
        self.retry_after = retry_after


class ModelTimeout(EngineTimeout):
    code = "model_timeout"


class ModelBusy(EngineBusy):
    code = "model_busy"


class ModelRefused(EngineRejected):
    code = "model_refused"


class PromptTooLong(EngineRejected):
    code = "model_prompt_too_long"


class UnknownModel(EngineRejected):
    code = "model_unknown"


class OutputInvalid(EngineError):
    code: ClassVar[str] = "model_output_invalid"
    permanent: ClassVar[bool] = True
