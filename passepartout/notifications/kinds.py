"""Which events become notifications, for whom, and how unless the reader wishes otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from passepartout.documents.events import DocumentEvent
from passepartout.kernel.events import Event


@dataclass(frozen=True)
class Kind:
    """``readers`` tells whose business an event is; ``in_app`` and ``email`` are the defaults."""

    readers: Callable[[Event], tuple[UUID, ...]]
    in_app: bool = True
    email: bool = False


def _uploader(event: Event) -> tuple[UUID, ...]:
    return (event.uploader,) if isinstance(event, DocumentEvent) and event.uploader else ()


KINDS = {
    "document.indexed": Kind(_uploader),
    "document.failed": Kind(_uploader),
    "document.rejected": Kind(_uploader),
}
