"""What happens to people's requests about their data: ids and states, never who asked."""

from dataclasses import dataclass
from typing import ClassVar

from passepartout.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class DataRequestReceived(Event):
    """Somebody asks for a copy of their data, or for their erasure."""

    kind: ClassVar[str] = "data_request.received"
    asks: str = ""


@dataclass(frozen=True, kw_only=True)
class DataRequestMoved(Event):
    """It has another status now. ``error`` is a code of the reference when the work on it ended early."""

    kind: ClassVar[str] = "data_request.moved"
    status: str = ""
    error: str = ""
