"""A few threads that always take the most urgent piece of work, behind a queue that knows when to say no."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from queue import PriorityQueue
from types import TracebackType
from typing import Any

from engines.errors import EngineBusy


class Lane(IntEnum):
    """Lower goes first: someone waits behind a question, nobody behind a batch."""

    STOP = -1
    QUESTION = 0
    BATCH = 1


@dataclass(order=True, frozen=True)
class _Piece:
    lane: Lane
    number: int
    work: Callable[[], Any] = field(compare=False)
    future: Future[Any] = field(compare=False)


class Workers:
    """Runs callables on `threads` threads, questions before batches, first come first served in a lane.

    A piece that runs is never interrupted: keep pieces short, that is how long a question can wait.
    """

    def __init__(self, *, threads: int, waiting: dict[Lane, int], name: str) -> None:
        self._limits = waiting
        self._waiting = dict.fromkeys(waiting, 0)
        self._running = 0
        self._seconds_per_piece = 0.05
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._queue: PriorityQueue[_Piece] = PriorityQueue()
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        """Whether a new piece would have to wait."""
        with self._lock:
            return self._running >= len(self._threads)

    def waiting(self, lane: Lane) -> int:
        with self._lock:
            return self._waiting[lane]

    def submit(self, lane: Lane, pieces: Sequence[Callable[[], Any]]) -> list[Future[Any]]:
        """Queue all the pieces, or none: raises EngineBusy when the lane has no room for them.

        A batch larger than the whole lane is admitted when the lane is empty, otherwise it never would be.
        """
        with self._lock:
            waiting = self._waiting[lane]
            if waiting and waiting + len(pieces) > self._limits[lane]:
                raise EngineBusy("the queue is full", retry_after=self._seconds_to_empty())
            self._waiting[lane] += len(pieces)
        queued = [_Piece(lane, next(self._numbers), work, Future()) for work in pieces]
        for piece in queued:
            self._queue.put(piece)
        return [piece.future for piece in queued]

    def close(self) -> None:
        """Let the running pieces end and drop the others."""
        for _ in self._threads:
            self._queue.put(_Piece(Lane.STOP, next(self._numbers), lambda: None, Future()))
        for thread in self._threads:
            thread.join()
        while not self._queue.empty():
            self._queue.get_nowait().future.cancel()

    def _seconds_to_empty(self) -> float:
        ahead = sum(self._waiting.values()) + self._running
        return max(1.0, math.ceil(ahead * self._seconds_per_piece / len(self._threads)))

    def _serve(self) -> None:
        while (piece := self._queue.get()).lane is not Lane.STOP:
            with self._lock:
                self._waiting[piece.lane] -= 1
                self._running += 1
            started = time.monotonic()
            try:
                _run(piece)
            finally:
                with self._lock:
                    self._running -= 1
                    # A moving average over about the last ten pieces.
                    self._seconds_per_piece += 0.1 * (time.monotonic() - started - self._seconds_per_piece)


def _run(piece: _Piece) -> None:
    if piece.future.set_running_or_notify_cancel():
        with _Failure(piece.future):
            piece.future.set_result(piece.work())


class _Failure:
    """Whatever a piece raises belongs to whoever waits for it: the thread goes on with the next one."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            self._future.set_exception(error)
        return True
