"""Several recognizers of one page at a time, as one that reads several."""

from __future__ import annotations

from collections.abc import Sequence
from queue import LifoQueue

from engines.ocr import ClosableRecognizer, EngineCard, Recognition


class RecognizerPool:
    """As many pages at once as there are `members`; thread-safe, `close` it.

    Who was used last is used first: one page at a time wakes one engine only, and the others leave the memory.
    """

    def __init__(self, members: Sequence[ClosableRecognizer]) -> None:
        self._members = tuple(members)
        self._free: LifoQueue[ClosableRecognizer] = LifoQueue()
        for member in reversed(self._members):
            self._free.put(member)

    @property
    def engine(self) -> EngineCard:
        return self._members[0].engine

    @property
    def loaded(self) -> bool:
        return any(member.loaded for member in self._members)

    def recognize(self, picture: bytes) -> Recognition:
        member = self._free.get()
        try:
            return member.recognize(picture)
        finally:
            self._free.put(member)

    def abandon(self) -> None:
        for member in self._members:
            member.abandon()

    def close(self) -> None:
        for member in self._members:
            member.close()
