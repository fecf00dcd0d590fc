"""The engines of this machine in a child process: it may crash, hang or be thrown away, and gives its memory back.

The child starts with the first page and ends after `idle_seconds` without one. A page of which it dies, or that it
does not end in time, is tried once more in a new child, then refused.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from engines.errors import EngineError, EngineTimeout, EngineUnavailable
from engines.ocr import (
    MAX_BYTES,
    EngineCard,
    PageFailed,
    PictureTooLarge,
    PictureUnreadable,
    Recognition,
    installed,
)
from engines.ocr.wire import from_json

_ROOT: Final = Path(__file__).resolve().parents[2]
_COMMAND: Final = (
    "-I",
    "-X",
    "utf8",
    "-c",
    "import sys; sys.path.insert(0, sys.argv[1]); import engines.ocr.child as c; c.main()",
)
_START_SECONDS: Final = 60.0
_PIECE_BYTES: Final = 1 << 18
_LONGEST_ANSWER: Final = 64_000_000
_REFUSALS: Final[dict[str, type[EngineError]]] = {
    error.code: error for error in (PictureUnreadable, PictureTooLarge, PageFailed, EngineTimeout, EngineUnavailable)
}


class _Died(EngineUnavailable):
    """The child ended, or had to be ended, in the middle of a page."""


class IsolatedRecognizer:
    """One page at a time. Thread-safe; `close` it."""

    def __init__(self, *, threads: int = 2, seconds: float = 120.0, idle_seconds: float = 120.0) -> None:
        """`seconds` bounds a page, its orientation and the second engine included."""
        self._threads = threads
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._idle: threading.Timer | None = None
        self._abandoned = False

    @property
    def engine(self) -> EngineCard:
        return installed.first()

    @property
    def loaded(self) -> bool:
        """Whether a child holds the engines in memory now."""
        return self._child is not None

    def recognize(self, picture: bytes) -> Recognition:
        if len(picture) > MAX_BYTES:
            raise PictureTooLarge(f"{len(picture)} bytes, at most {MAX_BYTES}")
        with self._lock:
            try:
                return self._twice(picture)
            finally:
                self._rest()

    def abandon(self) -> None:
        """End the page that is being read, from another thread: its `recognize` raises EngineUnavailable."""
        child = self._child
        if child is not None:
            self._abandoned = True
            child.kill()

    def close(self) -> None:
        with self._lock:
            self._cancel_rest()
            self._end()

    def _twice(self, picture: bytes) -> Recognition:
        self._abandoned = False
        try:
            return self._read(picture)
        except _Died:
            if self._abandoned:
                raise
            # Of this page, or of something else: once more tells.
        try:
            return self._read(picture)
        except _Died as again:
            raise PageFailed(again.detail) from again

    def _read(self, picture: bytes) -> Recognition:
        self._cancel_rest()
        child = self._running()
        try:
            answer = child.ask(picture, self._seconds)
        except _Died:
            self._end()
            raise
        if "error" in answer:
            raise _REFUSALS.get(str(answer["error"]), EngineUnavailable)(str(answer.get("detail", ""))[:200])
        return from_json(answer)

    def _running(self) -> _Child:
        if self._child is None:
            child = _Child(self._threads)
            try:
                child.answer(_START_SECONDS)  # it says that it is there
            except _Died:
                child.end()
                raise
            self._child = child
        return self._child

    def _rest(self) -> None:
        self._cancel_rest()
        self._idle = threading.Timer(self._idle_seconds, self._end_if_idle)
        self._idle.daemon = True
        self._idle.start()

    def _cancel_rest(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _end_if_idle(self) -> None:
        with self._lock:
            if self._idle is threading.current_thread():
                self._end()

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Child:
    """The process and its pipes."""

    def __init__(self, threads: int) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own program
                [sys.executable, *_COMMAND, str(_ROOT), str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={**installed.TESSERACT_ENVIRONMENT, "PATH": installed.PATH},
                process_group=0,
            )
        except OSError as error:
            raise EngineUnavailable(error.strerror or "the OCR engine cannot start") from error

    def ask(self, picture: bytes, seconds: float) -> dict[str, Any]:
        assert self._process.stdin is not None  # it is a pipe; said for the type checker
        try:
            self._process.stdin.write(struct.pack(">Q", len(picture)))
            self._process.stdin.write(picture)
            self._process.stdin.flush()
        except BrokenPipeError as gone:
            raise _Died("the OCR engine ended") from gone
        return self.answer(seconds)

    def answer(self, seconds: float) -> dict[str, Any]:
        """The child's next line. Raises _Died."""
        assert self._process.stdout is not None  # it is a pipe; said for the type checker
        deadline, pieces, length = time.monotonic() + seconds, [b""], 0
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not pieces[-1].endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise _Died(f"the OCR engine took more than {seconds:g} seconds")
                pieces.append(os.read(self._process.stdout.fileno(), _PIECE_BYTES))
                length += len(pieces[-1])
                if not pieces[-1] or length > _LONGEST_ANSWER:
                    raise _Died("the OCR engine ended in the middle of a page")
        answer: dict[str, Any] = json.loads(b"".join(pieces))
        return answer

    def kill(self) -> None:
        """With the Tesseract that it may be running: they share a group of their own."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # what it was not given any more
        self._process.wait()
