"""The HTTP under the official client: bounded, without redirects, proxies, compression or tell-tale headers."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache

import httpx2

from engines.llm.errors import AnswerTooLarge

# What the official client says of this machine, and what it picks up from the environment of its process.
_TELL_TALE = ("x-stainless-", "openai-")


def bounded_client(url: str, *, connect: float, max_bytes: int) -> httpx2.AsyncClient:
    """Reads wait without limit: whoever reads has deadlines of its own. `connect` in seconds."""
    return httpx2.AsyncClient(
        base_url=url,
        transport=_BoundedTransport(max_bytes),
        timeout=httpx2.Timeout(None, connect=connect),
        follow_redirects=False,
        trust_env=False,  # a proxy meant for the outside must not see the questions
        headers={"Accept-Encoding": "identity"},
    )


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Reading the authorities takes 20 ms: once per process, not once per call."""
    return ssl.create_default_context()


class _BoundedTransport(httpx2.AsyncBaseTransport):
    def __init__(self, max_bytes: int) -> None:
        self._transport = httpx2.AsyncHTTPTransport(verify=_certificates(), trust_env=False)
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for name in [name for name in request.headers if name.startswith(_TELL_TALE)]:
            del request.headers[name]
        response = await self._transport.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise AnswerTooLarge("compressed, which was not asked for: its size cannot be bounded")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, self._max_bytes)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    """Raises AnswerTooLarge at the first byte too many."""

    def __init__(self, stream: httpx2.AsyncByteStream, max_bytes: int) -> None:
        self._stream = stream
        self._left = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise AnswerTooLarge("more bytes than an answer may have")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
