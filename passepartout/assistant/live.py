"""Answers on their way: what has been said so far, who waits for more, and who asked to stop.

An answer is produced by a task of its own, which the reader's leaving does not cancel: it is told to stop, frees the
model and keeps what was said. A stop may come through another process: it is left in Valkey, where each process looks
a few times a second for all its answers at once.
"""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from engines.accelerator import Place

logger = logging.getLogger("passepartout.assistant")
LOOK_SECONDS = 0.3
STOP_KEPT_SECONDS = 300
_looking = ThreadPoolExecutor(1, thread_name_prefix="stops")


@dataclass
class Live:
    """``changed`` is set whenever there is something new to take. To be used in one event loop, but for `stop`."""

    message: UUID
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False
    said: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _text: list[str] = field(default_factory=list)
    _replace: bool = False
    _waiting: tuple[str, Any] | None = None
    _end: tuple[str, Any] | None = None

    def begin(self) -> None:
        self._loop = asyncio.get_running_loop()

    def say(self, text: str, *, replace: bool = False) -> None:
        """A slow reader gets fewer and longer pieces: what waits is bounded by the answer, and the model by nobody."""
        if replace:
            self._text.clear()
            self._replace = self.said
        if text:
            self._text.append(text)
            self.said = True
            self.changed.set()

    def wait_at(self, place: Place) -> None:
        """Where the model waits for the GPU; the latest is told."""
        said = {"position": place.position, "eta_seconds": round(place.eta, 1), "holder": place.holder}
        self._waiting = ("waiting", said)
        self.changed.set()

    def end(self, event: str, content: Any) -> None:
        self._end = (event, content)
        self.over = True
        self.changed.set()

    async def news(self, seconds: float) -> bool:
        """Whether there is something to take, at the latest after so many seconds.

        Not `asyncio.wait_for`: on Python 3.11 it swallows a cancellation that comes in the moment between a word and
        its taking, and the answer of a reader who is gone went on to its end.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.changed.wait()
        return self.changed.is_set()

    def take(self) -> Iterator[tuple[str, Any]]:
        """What is new since the last time."""
        self.changed.clear()
        if self._waiting is not None:
            yield self._waiting
            self._waiting = None
        if self._text:
            yield "delta", {"text": "".join(self._text), "replace": self._replace}
            self._text.clear()
            self._replace = False
        if self._end is not None:
            yield self._end

    def stop(self) -> None:
        """From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.stopped.set)


_here: dict[UUID, Live] = {}
_lookers: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}


def register(live: Live) -> None:
    _here[live.message] = live
    loop = asyncio.get_running_loop()
    if loop not in _lookers:
        _lookers[loop] = loop.create_task(_look_for_stops(loop))


def unregister(live: Live) -> None:
    _here.pop(live.message, None)


def request_stop(message: UUID) -> None:
    """Stop an answer wherever it is produced. One that is over is left as it is."""
    live = _here.get(message)
    if live is not None:
        live.stop()
        return
    try:
        cache.set(_key(message), 1, timeout=STOP_KEPT_SECONDS)
    except RedisError as error:
        logger.warning("a stop reaches no other process", extra={"error": type(error).__name__})


async def _look_for_stops(loop: asyncio.AbstractEventLoop) -> None:
    try:
        while _here:
            await asyncio.sleep(LOOK_SECONDS)
            keys = {_key(message): live for message, live in list(_here.items())}
            for key in await loop.run_in_executor(_looking, _asked_to_stop, list(keys)):
                keys[key].stop()
    finally:
        _lookers.pop(loop, None)


def _asked_to_stop(keys: list[str]) -> list[str]:
    try:
        return list(cache.get_many(keys))
    except RedisError:
        return []


def _key(message: UUID) -> str:
    return f"ask:stop:{message}"
