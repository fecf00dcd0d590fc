"""A bound on request bodies before Django sees them: it spools a whole body to disk before it asks who is calling."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ..errors import TooLarge
from ..ids import new_id
from ..logs import request_id
from .problems import CONTENT_TYPE, problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]


class BodyLimit:
    """An ASGI application that answers 413 to a body of more than ``limit`` bytes, at its announcement or at the byte
    that is too many."""

    def __init__(self, application: Application, *, limit: int) -> None:
        self._application = application
        self._limit = limit

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
        elif _announced(scope) > self._limit:
            await self._refuse(send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Message, receive: Receive, send: Send) -> None:
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message if received <= self._limit else {"type": "http.disconnect"}

        await self._application(scope, counting, send)
        if received > self._limit:  # to Django the client hung up, so that it has answered nothing
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        ident = new_id().hex
        token = request_id.set(ident)
        body = json.dumps(problem(TooLarge(f"The body of this request may hold {self._limit} bytes."))).encode()
        request_id.reset(token)
        headers = {"Content-Type": CONTENT_TYPE, "Content-Length": str(len(body)), "X-Request-ID": ident,
                   "Connection": "close"}  # fmt: skip
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": TooLarge.status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})


def _announced(scope: Message) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"")
    return int(value) if value.isdigit() else 0
