"""An open socket, and all that are open in this process.

A socket never reads the database: it passes on ids. What is new is put into a short queue, from which one task writes;
a client that reads too slowly fills its queue and is closed, so that it never fills the memory.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from enum import IntEnum
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer
from django.conf import settings
from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError

from .rooms import rooms_of
from .sessions import Session

logger = logging.getLogger("passepartout.realtime")
Message = MutableMapping[str, Any]
REMEMBERED = 64  # ids of events, to pass each on once
LONGEST = 1024  # characters of a message from the client
GOODBYE_SECONDS = 5
PONG = json.dumps({"type": "pong"})
OPEN = Gauge("pp_open_sockets", "Sockets that are open in this process")
CLOSED = Counter("pp_sockets_closed_total", "Sockets that this process has closed", ["code"])


class Code(IntEnum):
    """Why a socket was closed (RFC 6455, 7.4)."""

    GONE = 1000  # by the client itself
    TOO_LONG = 1009
    AWAY = 1013  # Valkey is away or was started again: messages may have been missed, come back and ask
    BAD_MESSAGE = 4400
    SESSION_OVER = 4401
    TOO_SLOW = 4408
    TOO_MANY = 4429


class Socket:
    """One client. `serve` returns when it is over."""

    def __init__(
        self,
        session: Session,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.session = session
        self._receive = receive
        self._send = send
        self._queue: asyncio.Queue[str] = asyncio.Queue(settings.REALTIME_QUEUE)
        self._seen: deque[str] = deque(maxlen=REMEMBERED)
        self._dismissed: asyncio.Future[Code] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Raises RedisError while Valkey is away."""
        layer = get_channel_layer()
        channel = await layer.new_channel()
        rooms = rooms_of(self.session)
        tasks: list[asyncio.Future[Code]] = [asyncio.ensure_future(self._listen(layer, channel)), self._dismissed]
        try:
            for room in rooms:
                await layer.group_add(room, channel)
            await self._send({"type": "websocket.accept"})
            self._queue.put_nowait(json.dumps({"type": "ready", "organization": str(self.session.organization)}))
            tasks += [asyncio.ensure_future(self._write()), asyncio.ensure_future(self._read())]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._leave(layer, channel, rooms, tasks)
        await self._close(next(iter(done)).result())

    def dismiss(self, code: Code) -> None:
        if not self._dismissed.done():
            self._dismissed.set_result(code)

    async def _listen(self, layer: Any, channel: str) -> Code:
        while True:
            message = await layer.receive(channel)
            if message["key"] in self._seen:
                continue
            self._seen.append(message["key"])
            try:
                self._queue.put_nowait(message["text"])
            except asyncio.QueueFull:
                return Code.TOO_SLOW

    async def _write(self) -> Code:
        try:
            while True:
                await self._send({"type": "websocket.send", "text": await self._queue.get()})
        except OSError:  # the server's way to say that the client hung up
            return Code.GONE

    async def _read(self) -> Code:
        """A client may say that it lives, and nothing else."""
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return Code.GONE
            text = message.get("text") or ""
            if len(text) > LONGEST:
                return Code.TOO_LONG
            if not _is_ping(text):
                return Code.BAD_MESSAGE
            try:
                self._queue.put_nowait(PONG)
            except asyncio.QueueFull:
                return Code.TOO_SLOW

    async def _leave(self, layer: Any, channel: str, rooms: list[str], tasks: list[asyncio.Future[Code]]) -> None:
        for room in rooms:
            with suppress(OSError, RedisError):
                await layer.group_discard(room, channel)
        for task in tasks:
            task.cancel()  # cancelling the listener is what gives its channel back
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self, code: Code) -> None:
        CLOSED.labels(code.name.lower()).inc()
        if code is Code.GONE:
            return
        with suppress(OSError, asyncio.TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):  # who does not read does not hear it either
                await self._send({"type": "websocket.close", "code": int(code)})


def _is_ping(text: str) -> bool:
    try:
        said = json.loads(text)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("type") == "ping"


class OpenSockets:
    """The sockets of this process."""

    def __init__(self) -> None:
        self._open: set[Socket] = set()

    def __iter__(self) -> Iterator[Socket]:
        return iter(tuple(self._open))

    def __len__(self) -> int:
        return len(self._open)

    def of(self, user: UUID) -> int:
        return sum(socket.session.user == user for socket in self._open)

    @contextmanager
    def counted(self, socket: Socket) -> Iterator[None]:
        self._open.add(socket)
        OPEN.set(len(self._open))
        try:
            yield
        finally:
            self._open.discard(socket)
            OPEN.set(len(self._open))
