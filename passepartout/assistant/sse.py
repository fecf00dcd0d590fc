"""Events on the wire: server-sent events (WHATWG HTML, 9.2), JSON in each."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import StreamingHttpResponse

from passepartout.kernel.errors import AppError
from passepartout.kernel.rest.problems import problem

from .serializers import AnswerOut
from .services import Exchange
from .streaming import PING, Asking, Event, events

CONTENT_TYPE = "text/event-stream"


class EventStream(StreamingHttpResponse):
    """Closes its events itself when its reader leaves: Django would leave that to the garbage collector."""

    def __init__(self, incoming: AsyncGenerator[bytes, None], **more: Any) -> None:
        super().__init__(incoming, **more)
        self._incoming = incoming

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._incoming):
            async for part in super().__aiter__():
                yield part


def streamed(asking: Asking) -> EventStream:
    """Not to be kept by any cache, nor gathered by nginx before it is sent."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(_wire(asking), content_type=CONTENT_TYPE, headers=headers)


async def _wire(asking: Asking) -> AsyncGenerator[bytes, None]:
    async with aclosing(events(asking)) as incoming:
        async for event in incoming:
            yield written(event)


def written(event: Event) -> bytes:
    name, content = event
    if event == PING:
        return b": ping\n\n"
    return f"event: {name}\ndata: {json.dumps(_plain(content), cls=DjangoJSONEncoder, ensure_ascii=False)}\n\n".encode()


def _plain(content: Any) -> Any:
    if isinstance(content, Exchange):
        return AnswerOut(content).data
    return problem(content) if isinstance(content, AppError) else content
