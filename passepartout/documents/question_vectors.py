"""Vectors of the questions of a session, so that a repeated one is not embedded again (the seed's prompt caching).

Kept in the process, for a quarter of an hour, a few hundred in all. The key holds the organization, the user and the
session: nobody can tell by the time of an answer what somebody else has asked.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from engines.embeddings import Vectors
from passepartout.tenancy.callers import Caller

MOST = 512  # of 384 numbers each: under a megabyte
SECONDS = 900.0
Key = tuple[str, ...]


class QuestionVectors:
    """Thread-safe. The least recently used goes first."""

    def __init__(
        self, *, most: int = MOST, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, tuple[float, Vectors]] = OrderedDict()

    def get(self, caller: Caller, model: str, question: str, embed: Callable[[str], Vectors]) -> Vectors:
        """The kept vector, or that of ``embed``, which is kept. What ``embed`` raises is not caught."""
        key = self._key(caller, model, question)
        with self._lock:
            made, vector = self._kept.get(key, (0.0, None))
            if vector is not None and self._clock() - made < self._seconds:
                self._kept.move_to_end(key)
                return vector
        fresh = embed(question)
        with self._lock:
            self._kept[key] = (self._clock(), fresh)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return fresh

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)

    @staticmethod
    def _key(caller: Caller, model: str, question: str) -> Key:
        said = hashlib.sha256(question.encode()).hexdigest()
        return str(caller.organization.pk), str(caller.user.pk), str(caller.family), model, said


QUESTION_VECTORS = QuestionVectors()
