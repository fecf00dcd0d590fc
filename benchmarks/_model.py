"""A language model's server for benchmarks: each word it says is the moment it says it, in milliseconds.

`python -m benchmarks._model PORT PAUSE`: a word every PAUSE seconds, until whoever listens leaves.
`/open` says how many do.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

THINKS_SECONDS = 0.2
open_streams = 0


async def _words(pause: float) -> AsyncIterator[str]:
    global open_streams  # noqa: PLW0603 - one process, one counter
    open_streams += 1
    try:
        await asyncio.sleep(THINKS_SECONDS)
        while True:
            delta = {"content": f"{round(time.time() * 1000)} "}
            body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "clock"}
            chunk = {**body, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
            yield f"data: {json.dumps(chunk)}\n\n"
            await asyncio.sleep(pause)
    finally:
        open_streams -= 1


def main() -> None:
    port, pause = int(sys.argv[1]), float(sys.argv[2])

    async def completions(request: Request) -> StreamingResponse:
        await request.json()
        return StreamingResponse(_words(pause), media_type="text/event-stream")

    async def how_many(_: Request) -> JSONResponse:
        return JSONResponse({"open": open_streams})

    routes = [Route("/v1/chat/completions", completions, methods=["POST"]), Route("/open", how_many)]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=port, log_level="critical")


if __name__ == "__main__":
    main()
