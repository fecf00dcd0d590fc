"""How far a job is, told to whoever draws it: now or never, since the next report says more."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from .events import Audience


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` in ``step``; ``subject`` is what the job works on."""

    organization: UUID
    job: UUID
    kind: str
    subject: UUID | None
    step: str
    done: int
    total: int
    audience: Audience


_listeners: list[Callable[[Progress], None]] = []


def listen(listener: Callable[[Progress], None]) -> None:
    """``listener`` is called after the commit, in the worker: it must be quick and raise nothing."""
    _listeners.append(listener)


def tell(progress: Progress) -> None:
    for listener in _listeners:
        listener(progress)
