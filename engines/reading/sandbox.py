"""Read or draw one document in one child process that may crash, hang or eat memory without harm to the caller.

The child (`engines.reading.child`) limits its own memory, CPU, files and processes; the parent keeps the wall clock,
counts what comes back and believes nothing of it before `engines.reading.answers` has checked it.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engines.reading import Drawing, Limits, Reading
from engines.reading.answers import ReadingBuilder, checked_picture, checked_png
from engines.reading.errors import FileCorrupt, FileUnreadable, ReaderUnavailable, ReadingError, ReadLimit, ReadTimeout
from engines.reading.sniff import HEAD_BYTES, picture_mime, sniff

DEFAULT_LIMITS: Final = Limits()
DRAWING_LIMITS: Final = Limits(cpu_seconds=20, wall_seconds=30.0, max_answer_bytes=64_000_000)

NO_OTHERS: Final[Mapping[str, str]] = MappingProxyType({})
WATCH_SECONDS: Final = 0.5
_LOWEST: Final = 19
_ROOT: Final = Path(__file__).resolve().parents[2]
_PIECE_BYTES: Final = 1 << 18
_LONGEST_LINE_BYTES: Final = 16_000_000
# -I: neither the environment, nor the user's site, nor the current directory decides what is imported.
_COMMAND: Final = (
    "-I",
    "-X",
    "utf8",
    "-c",
    "import sys; sys.path.insert(0, sys.argv[1]); import engines.reading.child as c; c.main()",
)

# PDFium and the allocators stop themselves by a trap or an abort when memory is refused; a wild pointer is the file's.
_SIGNALS: Final[dict[int, type[ReadingError]]] = {
    signal.SIGXCPU: ReadTimeout,
    signal.SIGABRT: ReadLimit,
    signal.SIGTRAP: ReadLimit,
    signal.SIGILL: ReadLimit,
    signal.SIGXFSZ: ReadLimit,
    signal.SIGSEGV: FileCorrupt,
    signal.SIGBUS: FileCorrupt,
    signal.SIGFPE: FileCorrupt,
}


def read(
    path: Path,
    filename: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    readers: Mapping[str, str] = NO_OTHERS,
    watch: Callable[[], None] | None = None,
) -> Reading:
    """Read a document in a child of its own; `filename` is the name its owner gave it.

    `readers` puts another reader ("module:Class") in the place of the usual one of a kind, by the kind's name. `watch`
    is called each half second in which nothing comes: what it raises ends the child and is raised here. From the first
    on the child has the lowest priority.

    Raises ReadingError, whose subclasses say why (engines/reading/errors.py).
    """
    kind = sniff(_head(path), filename)
    request = {"task": "read", "path": str(path.resolve()), "reader": readers.get(kind.name, kind.reader)}
    builder = ReadingBuilder(kind.mime, limits)
    with _child(request, limits, watch) as pieces:
        for line in _lines(pieces):
            builder.add(line)
    return builder.reading()


def render(path: Path, *, page: int, width: int, limits: Limits = DRAWING_LIMITS) -> bytes:
    """A PNG of a page (from 1) of a PDF or a picture file, `width` pixels wide (1 to 2000). Raises ReadingError."""
    return _drawn(path, Drawing(page, width=width), limits)


def render_picture(path: Path, *, name: str, dpi: int, limits: Limits = DRAWING_LIMITS) -> bytes:
    """A grey PNG of a picture inside an office file (`Page.pictures`), as `render_at`. Raises ReadingError."""
    return _drawn(path, Drawing(1, dpi=dpi, grey=True, picture=name), limits)


def render_at(path: Path, *, page: int, dpi: int, grey: bool = True, limits: Limits = DRAWING_LIMITS) -> bytes:
    """A PNG of a page (from 1) for a machine to read, at `dpi` (36 to 600) dots per inch of `Page.width`.

    Smaller where the limit of pixels says so, and a picture is never enlarged: `Page.width` divided by the PNG's width
    is the way back from pixels to points. Raises ReadingError.
    """
    return _drawn(path, Drawing(page, dpi=dpi, grey=grey), limits)


def without_metadata(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """A picture file as it may be served: the same pixels, without EXIF (place, moment, maker), XMP, IPTC, comments.

    Raises TypeMismatch for what is no picture, ReadingError.
    """
    mime = picture_mime(_head(path))
    with _child({"task": "strip", "path": str(path.resolve())}, limits) as pieces:
        answer = b"".join(pieces)
    return checked_picture(answer, mime=mime)


def _drawn(path: Path, drawing: Drawing, limits: Limits) -> bytes:
    request = {"task": "render", "path": str(path.resolve()), "drawing": asdict(drawing)}
    with _child(request, limits) as pieces:
        answer = b"".join(pieces)
    return checked_png(answer, width=drawing.width, max_pixels=limits.max_pixels)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise FileUnreadable(error.strerror or "") from error


@contextmanager
def _child(
    request: dict[str, Any], limits: Limits, watch: Callable[[], None] | None = None
) -> Iterator[Iterator[bytes]]:
    """Run the child; gives its answer piece by piece and raises how it died. It is dead when the block ends."""
    process = _started()
    try:
        _ask(process, {**request, "limits": asdict(limits), "parent": os.getpid()})
        yield _pieces(process, limits, watch)
    finally:
        _kill(process)


def _started() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and our own program, nothing from the user
            [sys.executable, *_COMMAND, str(_ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    except OSError as error:
        raise ReaderUnavailable(error.strerror or "the reader cannot start") from error


def _ask(process: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    assert process.stdin is not None  # it is a pipe; said for the type checker
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
    except BrokenPipeError:  # it died at once: its exit status, read below, says how
        return


def _pieces(process: subprocess.Popen[bytes], limits: Limits, watch: Callable[[], None] | None) -> Iterator[bytes]:
    assert process.stdout is not None  # it is a pipe; said for the type checker
    deadline = time.monotonic() + limits.wall_seconds
    received = 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = max(0.0, deadline - time.monotonic())
            if not selector.select(min(left, WATCH_SECONDS) if watch else left):
                if time.monotonic() >= deadline:
                    raise ReadTimeout(f"more than {limits.wall_seconds:g} seconds")
                if watch:
                    _lower(process)
                    watch()
                continue
            piece = os.read(process.stdout.fileno(), _PIECE_BYTES)
            if not piece:
                break
            received += len(piece)
            if received > limits.max_answer_bytes:
                raise ReadLimit(f"more than {limits.max_answer_bytes} bytes of answer")
            yield piece
    _judge(process, deadline)


def _lower(process: subprocess.Popen[bytes]) -> None:
    """What takes long gives way to what is short: a bomb computes for a minute, a letter for a moment."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PGRP, process.pid, _LOWEST)


def _judge(process: subprocess.Popen[bytes], deadline: float) -> None:
    """Raise how the child died, unless it ended by itself."""
    try:
        status = process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise ReadTimeout("the reader closed its answer and went on") from error
    if status < 0:
        raise _SIGNALS.get(-status, ReaderUnavailable)(f"stopped by {signal.Signals(-status).name}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started: they share a session of their own. Closes the pipes."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            pipe.close()
    process.wait()


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for line in ended:
            yield b"".join((*waiting, line))
            waiting, length = [], 0
        waiting.append(rest)
        length += len(rest)
        if length > _LONGEST_LINE_BYTES:
            raise ReadLimit(f"more than {_LONGEST_LINE_BYTES} bytes for a page")
