"""A streamed answer, waited for to its end by code that no event loop runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from engines.llm import Completion, Delta
from engines.llm.errors import StreamCut

T = TypeVar("T")


async def whole(stream: AsyncGenerator[Delta, None]) -> Completion:
    """Raises EngineError."""
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            if delta.completion:
                return delta.completion
    raise StreamCut("the answer stopped without its end")


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` would wait for a name server that hangs: this loop leaves its threads behind."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
