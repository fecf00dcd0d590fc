"""A hub on the loopback interface, with the weather of the real ones."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from engines.models import Model, ModelFile

CONTENT = bytes(range(256)) * 4096  # 1 MB


@dataclass
class Hub:
    """`cuts`: after how many bytes each next answer is cut. `statuses`: what each next request is answered instead.

    `ranges` False: it sends everything whatever is asked. `length`: what Content-Length says, None: the truth.
    """

    url: str = ""
    content: bytes = CONTENT
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ranges: bool = True
    tags: bool = True
    length: int | None = None
    redirect: str = ""
    lie: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)

    def model(self, *, sha256: str | None = None, size: int | None = None) -> Model:
        known = hashlib.sha256(CONTENT).hexdigest() if sha256 is None else sha256
        file = ModelFile("onnx/model.onnx", len(CONTENT) if size is None else size, known)
        return Model(
            "tiny", "answers", "Tiny", "MIT", "https://hub.example/org/tiny", "r1", 1, 1, ("gpu",), "", (file,)
        )


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        hub = self.hub
        hub.asked.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
        if hub.statuses:
            self._head(hub.statuses.pop(0), {"Content-Length": "0"})
        elif hub.redirect and "elsewhere" not in self.path:
            self._head(302, {"Location": hub.redirect, "Content-Length": "0"})
        else:
            self._send()

    def _send(self) -> None:
        hub, start = self.hub, self._start()
        body = hub.content[start:]
        headers = {"Content-Length": str(len(body) if hub.length is None else hub.length)}
        if hub.tags:
            headers["ETag"] = f'"{hashlib.sha256(hub.content).hexdigest()}"'
        if start:
            headers["Content-Range"] = f"bytes {start + hub.lie}-{len(hub.content) - 1}/{len(hub.content)}"
        self._head(206 if start else 200, headers)
        cut = hub.cuts.pop(0) if hub.cuts else len(body)
        with suppress(ConnectionError):  # whoever has enough hangs up
            self.wfile.write(body[:cut])
        self.close_connection = True

    def _start(self) -> int:
        hub = self.hub
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in {None, f'"{hashlib.sha256(hub.content).hexdigest()}"'}
        return int(asked[1]) if asked and hub.ranges and same else 0

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
