"""What an engine may answer instead of a result.

EngineError
├── EngineUnavailable   the engine cannot be reached, or is not installed     retry later
├── EngineBusy          the engine is there but its queue is full             retry after `retry_after` seconds
├── EngineTimeout       no answer within the time allowed                     retry later
└── EngineRejected      the engine refuses this very input                    never retry

`permanent` tells the caller whether the same call can ever succeed; `code` is stable and safe to show.
"""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    code: ClassVar[str] = "engine_error"
    permanent: ClassVar[bool] = False

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class EngineUnavailable(EngineError):
    code = "engine_unavailable"


class EngineBusy(EngineError):
    code = "engine_busy"

    def __init__(self, detail: str = "", *, retry_after: float = 1.0) -> None:
        """`retry_after` is in seconds, as the engine asked."""
        super().__init__(detail)
        self.retry_after = retry_after


class EngineTimeout(EngineError):
    code = "engine_timeout"


class EngineRejected(EngineError):
    code = "engine_rejected"
    permanent = True
