"""A server that answers S3 requests as a script says: what a healthy server never does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ERROR = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'


@dataclass
class Answer:
    """``promised``: the Content-Length that is told, when it is not the body's; the connection is then cut."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    wait: threading.Event | None = None


def refusal(status: int, code: str, message: str = "") -> Answer:
    return Answer(status, ERROR.format(code=code, message=message).encode())


@dataclass
class Script:
    """``answers`` are given in order, the last one for ever; ``asked`` lists (method, path, range) of each request."""

    answers: list[Answer]
    url: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving(*answers: Answer) -> Iterator[Script]:
    script = Script(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            script.asked.append((self.command, self.path, self.headers.get("Range", "")))
            answer = script.next()
            if answer.wait is not None:
                answer.wait.wait(30)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) if answer.promised is None else answer.promised))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            self.close_connection = answer.promised is not None

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield script
    finally:
        for answer in script.answers:
            if answer.wait is not None:
                answer.wait.set()
        server.shutdown()
        server.server_close()
        thread.join()
