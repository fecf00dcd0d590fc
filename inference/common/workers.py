"""A few threads behind a queue that knows when to say no."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from engines.errors import EngineBusy


@dataclass(frozen=True, slots=True)
class _Piece:
    work: Callable[[], Any]
    future: Future[Any]


class Workers:
    """Runs callables on `threads` threads, first come first served; `waiting` pieces may wait.

    With a `niceness` above zero the threads give way to every other one of the machine: a thread that runs is never
    asked to stop, it is the system that takes its core away while somebody else needs it.
    """

    def __init__(self, *, threads: int, waiting: int, name: str, niceness: int = 0) -> None:
        self._limit = waiting
        self._niceness = niceness
        self._waiting = 0
        self._running = 0
        self._seconds_per_piece = 0.05
        self._lock = threading.Lock()
        self._queue: SimpleQueue[_Piece | None] = SimpleQueue()
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

    @property
    def waiting(self) -> int:
        with self._lock:
            return self._waiting

    def submit(self, pieces: Sequence[Callable[[], Any]]) -> list[Future[Any]]:
        """Queue all the pieces, or none: raises EngineBusy when there is no room for them.

        More pieces than may ever wait are admitted when nothing waits, otherwise they never would be.
        """
        with self._lock:
            if self._waiting and self._waiting + len(pieces) > self._limit:
                raise EngineBusy("the queue is full", retry_after=self._seconds_to_empty())
            self._waiting += len(pieces)
        queued = [_Piece(work, Future()) for work in pieces]
        for piece in queued:
            self._queue.put(piece)
        return [piece.future for piece in queued]

    def close(self) -> None:
        """Let the running pieces end and drop the others."""
        self._drop()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _drop(self) -> None:
        while not self._queue.empty():
            if piece := self._queue.get_nowait():
                piece.future.cancel()

    def _seconds_to_empty(self) -> float:
        ahead = self._waiting + self._running
        return max(1.0, math.ceil(ahead * self._seconds_per_piece / len(self._threads)))

    def _serve(self) -> None:
        if self._niceness:
            # Linux keeps a niceness for each thread.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
        while (piece := self._queue.get()) is not None:
            with self._lock:
                self._waiting -= 1
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
