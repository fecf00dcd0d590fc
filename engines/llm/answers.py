"""One answer while it is read: its deadlines, its pieces, what the engine said of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from openai import AsyncStream
from openai.types.chat import ChatCompletionChunk

from engines.llm import Completion
from engines.llm.errors import ModelTimeout, ModelUnreachable, StreamCut


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, until the first token, between two tokens, for the whole answer."""

    connect: float = 3.0
    first_token: float = 60.0
    between_tokens: float = 20.0
    total: float = 180.0


class Answer:
    """The clock starts when it is made. `begun`: the engine sent something."""

    def __init__(self, model: str, timeouts: Timeouts) -> None:
        self._model = model
        self._timeouts = timeouts
        self._start = time.monotonic()
        self._begun = False
        self._first: float | None = None
        self._pieces: list[str] = []
        self._finish_reason = ""
        self._prompt_tokens = 0
        self._completion_tokens = 0

    @property
    def begun(self) -> bool:
        return self._begun

    @asynccontextmanager
    async def waiting(self) -> AsyncGenerator[None, None]:
        """At most until the next deadline. Raises ModelTimeout."""
        now = time.monotonic()
        total = self._start + self._timeouts.total
        first = self._start + self._timeouts.first_token
        next_token = first if self._first is None else now + self._timeouts.between_tokens
        try:
            async with asyncio.timeout(min(total, next_token) - now):
                yield
        except TimeoutError as late:
            what = "whole answer" if total <= next_token else "first token" if self._first is None else "next token"
            raise ModelTimeout(f"no {what} in time") from late

    async def chunks(self, stream: AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[ChatCompletionChunk, None]:
        """Raises ModelTimeout; ModelUnreachable when what comes is not a stream of chunks."""
        incoming = aiter(stream)
        while (chunk := await self._next(incoming)) is not None:
            self._begun = True
            yield chunk

    async def _next(self, incoming: AsyncIterator[ChatCompletionChunk]) -> ChatCompletionChunk | None:
        try:
            async with self.waiting():
                return await anext(incoming, None)
        except (ValueError, RecursionError) as garbled:
            raise ModelUnreachable("did not answer JSON") from garbled

    def take(self, chunk: ChatCompletionChunk) -> str:
        """The text of a chunk, '' when it has none. The client does not check types: we do."""
        usage = getattr(chunk, "usage", None)
        self._prompt_tokens = _count(usage, "prompt_tokens") or self._prompt_tokens
        self._completion_tokens = _count(usage, "completion_tokens") or self._completion_tokens
        choices = getattr(chunk, "choices", None)
        if not isinstance(choices, list) or not choices:
            return ""
        self._model = _text(chunk, "model") or self._model
        self._finish_reason = _text(choices[0], "finish_reason") or self._finish_reason
        delta = getattr(choices[0], "delta", None)
        piece = _text(delta, "content")
        # vLLM says whose turn it is before it reads the prompt: that is no token yet. Thinking aloud is.
        if self._first is None and (piece or _text(delta, "reasoning_content") or _text(delta, "reasoning")):
            self._first = time.monotonic() - self._start
        if piece:
            self._pieces.append(piece)
        return piece

    def completion(self) -> Completion:
        """Raises StreamCut when it stopped without saying why, ModelUnreachable when nothing came."""
        if not self.begun:
            raise ModelUnreachable("did not answer as a stream of events")
        if not self._finish_reason:
            raise StreamCut("the answer stopped without its end")
        return Completion(
            text="".join(self._pieces),
            finish_reason=self._finish_reason,
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            model=self._model,
            latency=time.monotonic() - self._start,
            first_token=self._first or 0.0,
        )


def _text(thing: Any, name: str) -> str:
    value = getattr(thing, name, None)
    return value if isinstance(value, str) else ""


def _count(thing: Any, name: str) -> int:
    value = getattr(thing, name, None)
    return value if isinstance(value, int) and value >= 0 else 0
