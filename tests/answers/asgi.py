"""A client of the real ASGI application in this process, which reads events as they are sent and may leave early."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from passepartout.assistant import streaming
from passepartout.config.asgi import application


@dataclass
class Sent:
    """``at``: seconds since the request."""

    event: str
    data: Any
    at: float


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    _queue: asyncio.Queue[Sent | None] = field(default_factory=asyncio.Queue)
    _leave: asyncio.Event = field(default_factory=asyncio.Event)
    started: float = field(default_factory=time.monotonic)

    def leave(self) -> None:
        self._leave.set()

    async def events(self) -> AsyncIterator[Sent]:
        while (sent := await asyncio.wait_for(self._queue.get(), 30)) is not None:
            yield sent

    async def all(self) -> list[Sent]:
        return [sent async for sent in self.events()]

    async def take(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self._split()
            if not message.get("more_body"):
                await self._queue.put(None)

    def _split(self) -> None:
        if self.headers.get("content-type") != "text/event-stream":
            return
        *whole, self.body = self.body.split(b"\n\n")
        for each in whole:
            lines = dict(line.split(": ", 1) for line in each.decode().split("\n"))
            data = json.loads(lines["data"]) if "data" in lines else None
            self._queue.put_nowait(Sent(lines.get("event", "ping"), data, time.monotonic() - self.started))


@asynccontextmanager
async def posted(path: str, body: Any, bearer: str, **headers: str) -> AsyncIterator[Answer]:
    """The answer to a POST, still being sent; its end, and that of what is kept of it, is waited for."""
    answer, others = Answer(), set(streaming._running)
    content = json.dumps(body).encode()
    given = {"host": "127.0.0.1", "content-type": "application/json", "content-length": str(len(content)),
             "authorization": f"Bearer {bearer}", **headers}  # fmt: skip
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    told = False

    async def receive() -> Any:
        nonlocal told
        if not told:
            told = True
            return {"type": "http.request", "body": content, "more_body": False}
        await answer._leave.wait()
        return {"type": "http.disconnect"}

    task = asyncio.create_task(application(scope, receive, answer.take))
    try:
        yield answer
    finally:
        await asyncio.wait_for(task, 30)
        while streaming._running - others:  # who left does not wait for what is kept; the test's database does
            await asyncio.sleep(0.01)


def streamed(path: str, body: Any, bearer: str) -> tuple[Answer, list[Sent]]:
    """All of it, from a plain test."""

    async def read() -> tuple[Answer, list[Sent]]:
        async with posted(path, body, bearer) as answer:
            return answer, await answer.all()

    return asyncio.run(read())
