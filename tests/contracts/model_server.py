"""An OpenAI-compatible server that misbehaves on demand: the model asked for names what it does.

`seen` counts the requests by model, `open` the streams being read now, `last` is the last request.
"""

import asyncio
import gzip
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

WORDS = ["Le", " loyer", " est", " de", " 910", " €", "."]
TEXT = "".join(WORDS)
MEGABYTE = 1024 * 1024
RIGHT = '{"kind": "damage", "parcel": 12}'
WRONG = '{"kind": "damage", "parcel": 0}'


@dataclass
class ModelServer:
    url: str = ""
    seen: Counter[str] = field(default_factory=Counter)
    open: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    script: Callable[[dict[str, Any]], list[str]] | None = None  # for the model "scripted": the words of a request
    pause: float = 0.0  # seconds after each of them

    def pieces(self, behaviour: str) -> AsyncIterator[str]:
        if behaviour == "scripted":
            return _say(self.script(self.last) if self.script else WORDS, self.pause)
        return _STREAMS[behaviour]()

    def freed_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.open and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.open == 0


def _chunk(text: str | None = None, finish: str | None = None, **more: Any) -> str:
    delta = {"content": text} if text is not None else {}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted-7b", "choices": choices}
    return f"data: {json.dumps(body | more)}\n\n"


_USAGE = _chunk(choices=[], usage={"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18})
_DONE = "data: [DONE]\n\n"


async def _say(words: list[str], pause: float = 0.0) -> AsyncIterator[str]:
    for word in words:
        yield _chunk(word)
        await asyncio.sleep(pause)
    yield _chunk(finish="stop")
    yield _USAGE
    yield _DONE


async def _normal() -> AsyncIterator[str]:
    async for piece in _say(WORDS):
        yield piece


async def _slow() -> AsyncIterator[str]:
    async for piece in _say(WORDS, pause=0.05):
        yield piece


async def _turn_first() -> AsyncIterator[str]:
    """As vLLM does: a chunk without a token, then the prompt is read."""
    yield _chunk("")
    await asyncio.sleep(1.5)
    yield _chunk(TEXT) + _chunk(finish="stop") + _DONE


async def _aloud() -> AsyncIterator[str]:
    choices = [{"index": 0, "delta": {"reasoning_content": "Voyons."}, "finish_reason": None}]
    yield _chunk(choices=choices)
    await asyncio.sleep(0.5)
    yield _chunk(TEXT) + _chunk(finish="stop") + _DONE


async def _length() -> AsyncIterator[str]:
    yield _chunk("Le loyer")
    yield _chunk(finish="length")
    yield _DONE


async def _without_usage() -> AsyncIterator[str]:
    yield _chunk(TEXT)
    yield _chunk(finish="stop")
    yield _DONE


async def _endless() -> AsyncIterator[str]:
    while True:
        yield _chunk("encore ")
        await asyncio.sleep(0.05)


async def _silent() -> AsyncIterator[str]:
    yield ""
    await asyncio.sleep(3600)


async def _pings() -> AsyncIterator[str]:
    while True:
        yield ": still here\n\n"
        await asyncio.sleep(0.05)


async def _hang_in_the_middle() -> AsyncIterator[str]:
    yield _chunk("Le loyer")
    await asyncio.sleep(3600)


async def _cut() -> AsyncIterator[str]:
    yield _chunk("Le loyer")
    yield 'data: {"id": "1", "cho'
    raise ConnectionAbortedError


async def _without_end() -> AsyncIterator[str]:
    yield _chunk("Le loyer")
    yield _DONE


async def _error_in_the_middle() -> AsyncIterator[str]:
    yield _chunk("Le loyer")
    yield f"data: {json.dumps({'error': {'message': 'CUDA out of memory', 'code': 500}})}\n\n"


async def _huge_chunk() -> AsyncIterator[str]:
    yield _chunk("a" * 11 * MEGABYTE)


async def _huge_line() -> AsyncIterator[str]:
    for _ in range(11):
        yield "data: " + "a" * MEGABYTE


async def _many_chunks() -> AsyncIterator[str]:
    for _ in range(11):
        yield _chunk("a" * MEGABYTE)


async def _not_json() -> AsyncIterator[str]:
    yield "data: {'kind': oops\n\n"


async def _other_json() -> AsyncIterator[str]:
    yield "data: [1, 2]\n\ndata: null\n\ndata: 3\n\n"
    yield f"data: {json.dumps({'choices': 'many', 'usage': 'much'})}\n\n"
    yield f"data: {json.dumps({'choices': [{'delta': {'content': {'a': 1}}, 'finish_reason': 7}]})}\n\n"


async def _deep_json() -> AsyncIterator[str]:
    yield f"data: {'[' * 200_000}\n\n"


async def _right() -> AsyncIterator[str]:
    async for piece in _say([RIGHT]):
        yield piece


async def _wrong() -> AsyncIterator[str]:
    async for piece in _say([WRONG]):
        yield piece


_STREAMS: dict[str, Callable[[], AsyncIterator[str]]] = {
    "normal": _normal,
    "slow": _slow,
    "turn-first": _turn_first,
    "aloud": _aloud,
    "length": _length,
    "without-usage": _without_usage,
    "endless": _endless,
    "silent": _silent,
    "pings": _pings,
    "hang-in-the-middle": _hang_in_the_middle,
    "cut": _cut,
    "without-end": _without_end,
    "error-in-the-middle": _error_in_the_middle,
    "huge-chunk": _huge_chunk,
    "huge-line": _huge_line,
    "many-chunks": _many_chunks,
    "not-json": _not_json,
    "other-json": _other_json,
    "deep-json": _deep_json,
    "right": _right,
    "wrong": _wrong,
}


def _refusal(status: int, message: str, **headers: str) -> Response:
    body = {"error": {"message": message, "type": "error", "code": status}}
    return JSONResponse(body, status_code=status, headers={name.replace("_", "-"): of for name, of in headers.items()})


_BOMB = gzip.compress(b"data: " + b"a" * 50 * MEGABYTE, compresslevel=1)


def _gzip_bomb() -> Response:
    return Response(_BOMB, media_type="text/event-stream", headers={"Content-Encoding": "gzip"})


_ANSWERS: dict[str, Callable[[], Response]] = {
    "500": lambda: _refusal(500, "boom"),
    "500-huge": lambda: PlainTextResponse("a" * 11 * MEGABYTE, status_code=500),
    "503": lambda: _refusal(503, "Loading model", Retry_After="9"),
    "429": lambda: _refusal(429, "slow down", Retry_After="7"),
    "429-odd": lambda: _refusal(429, "slow down", Retry_After="-1e999"),
    "401": lambda: _refusal(401, "Invalid API Key"),
    "404-path": lambda: PlainTextResponse("404 page not found", status_code=404),
    "404-model": lambda: _refusal(404, 'model "404-model" not found, try pulling it first'),
    "400": lambda: _refusal(400, "temperature must be a number"),
    "400-vllm": lambda: _refusal(400, "This model's maximum context length is 4096 tokens."),
    "400-llamacpp": lambda: _refusal(400, "the request exceeds the available context size"),
    "422-tgi": lambda: _refusal(422, "`inputs` tokens + `max_new_tokens` must be <= 4096."),
    "413": lambda: PlainTextResponse("Payload too large", status_code=413),
    "html": lambda: HTMLResponse("<html><body>Welcome to nginx!</body></html>"),
    "json": lambda: JSONResponse({"choices": [{"message": {"content": TEXT}}]}),
    "empty": lambda: Response(b"", media_type="text/event-stream"),
    "redirect": lambda: RedirectResponse("/elsewhere/v1/chat/completions", status_code=307),
    "gzip-bomb": _gzip_bomb,
}


def _application(server: ModelServer) -> Starlette:
    async def completions(request: Request) -> Response:
        server.last = await request.json()
        server.headers = dict(request.headers)
        behaviour = str(server.last["model"])
        server.seen[behaviour] += 1
        if behaviour == "hang":
            await asyncio.sleep(3600)
        if behaviour == "wrong-then-right":
            behaviour = "wrong" if server.seen[behaviour] % 2 else "right"
        if answer := _ANSWERS.get(behaviour):
            return answer()
        return StreamingResponse(_counted(server.pieces(behaviour)), media_type="text/event-stream")

    async def _counted(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        server.open += 1
        try:
            async for piece in pieces:
                yield piece
        finally:
            server.open -= 1

    async def elsewhere(request: Request) -> Response:
        server.seen["elsewhere"] += 1
        return StreamingResponse(_normal(), media_type="text/event-stream")

    routes = [
        Route("/v1/chat/completions", completions, methods=["POST"]),
        Route("/elsewhere/v1/chat/completions", elsewhere, methods=["POST"]),
        Route("/v1/models", _models),
        Route("/health", _well),
        Route("/api/version", _well),
        Route("/loading/health", _loading),
        Route("/silent/health", _asleep),
    ]
    return Starlette(routes=routes)


async def _models(request: Request) -> Response:
    names = ["normal", "qwen:latest"]
    return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


async def _well(request: Request) -> Response:
    return Response()


async def _loading(request: Request) -> Response:
    return _refusal(503, "Loading model")


async def _asleep(request: Request) -> Response:
    await asyncio.sleep(3600)
    return Response()


class _Uvicorn(uvicorn.Server):
    """In a thread, where signals cannot be caught. Those who hang have a second to end."""

    def install_signal_handlers(self) -> None: ...

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def model_server() -> Iterator[ModelServer]:
    server = ModelServer()
    listening = socket.create_server(("127.0.0.1", 0))
    server.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(_application(server), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    running = _Uvicorn(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(10)
        listening.close()
