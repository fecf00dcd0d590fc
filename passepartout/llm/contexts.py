"""What a recorded call was shown: whether it still exists, and whether the reader may see it.

Passages belong to apps above this one: the app that owns them registers how a label is followed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from passepartout.tenancy.callers import Caller


@dataclass(frozen=True)
class Shown:
    """One passage. ``visible`` False: it is gone, or not the reader's to see; then nothing else is told of it.

    ``changed``: it was read again since, so that its text may be another now.
    """

    visible: bool
    label: str = ""
    document: str = ""
    title: str = ""
    part: int = 0
    address: str = ""
    changed: bool = False


# How a prompt begins the question and answer before it in the conversation.
TURN_BEFORE = {"fr": "Question précédente", "en": "Previous question"}
HIDDEN = Shown(visible=False)
Follow = Callable[[Caller, Sequence[str], datetime], list[Shown]]
_follow: list[Follow] = []


def register_context(follow: Follow) -> None:
    """``follow(caller, labels, since)`` answers one `Shown` for each label, in its order, in a tenant transaction."""
    _follow[:] = [follow]


def shown_to(caller: Caller, labels: Sequence[str], since: datetime) -> list[Shown]:
    """Nobody who can follow labels: all are hidden."""
    return _follow[0](caller, labels, since) if _follow else [HIDDEN for _ in labels]
