"""The child process that reads one document and is thrown away: `python -m engines.reading.child` < one JSON request.

It limits itself before it looks at the document, so whatever the document does ends here. Its answer goes to the pipe
it was given as standard output, which native code can no longer reach: a JSON line per page and a last one, or a PNG.
Import nothing heavy at the top: this file's imports are paid for every document.
"""

import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from engines.reading import Drawing, Limits, Page, Reader, Reading, ReadingError

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_OPEN_FILES: Final = 64


def main() -> None:
    """Read the request, give up rights, answer."""
    request = json.loads(sys.stdin.buffer.readline())
    answer = _take_over_stdout()
    sys.excepthook = _Confession(answer)
    limits = Limits(**request["limits"])
    _die_with(request["parent"])
    _limit(limits)
    try:
        _answer(request, limits, answer)
    except ReadingError as error:
        _send(answer, {"error": error.code, "detail": error.detail})
    answer.flush()


def _take_over_stdout() -> BinaryIO:
    answer = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answer


def _die_with(parent: int) -> None:
    """A killed worker must not leave its reader behind; no program run from here may gain rights."""
    if sys.platform != "linux":
        return
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before the first call
        raise SystemExit(1)


def _limit(limits: Limits) -> None:
    for kind, soft, hard in (
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        # The soft limit sends SIGXCPU, which says why; the hard one only a SIGKILL.
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
        (resource.RLIMIT_NPROC, 0, 0),
    ):
        ceiling = resource.getrlimit(kind)[1]
        if ceiling == resource.RLIM_INFINITY:
            ceiling = hard
        resource.setrlimit(kind, (min(soft, ceiling), min(hard, ceiling)))


def _answer(request: dict[str, Any], limits: Limits, answer: BinaryIO) -> None:
    path = Path(request["path"])
    if request["task"] == "render":
        from engines.reading.render import png

        answer.write(png(path, Drawing(**request["drawing"]), limits))
        return
    if request["task"] == "strip":
        from engines.reading.metadata import without_metadata

        answer.write(without_metadata(path, limits))
        return
    module, _, name = request["reader"].partition(":")
    reader: Reader = getattr(import_module(module), name)()
    _send_reading(answer, reader.read(path, limits))


def _send_reading(answer: BinaryIO, reading: Reading) -> None:
    for page in reading.pages:
        _send(answer, _page_record(page))
    _send(
        answer,
        {
            "end": len(reading.pages),
            "mime": reading.mime,
            "title": reading.title,
            "warnings": reading.warnings,
            "invoice": asdict(reading.invoice) if reading.invoice else None,
        },
    )


def _page_record(page: Page) -> dict[str, Any]:
    flat = [number for s in page.spans for number in (s.start, s.end, s.x0, s.y0, s.x1, s.y1)]
    return {
        "page": page.number,
        "text": page.text,
        "width": page.width,
        "height": page.height,
        "spans": flat,
        "needs_ocr": page.needs_ocr,
        "pictures": [[picture.at, picture.name] for picture in page.pictures],
    }


def _send(answer: BinaryIO, record: dict[str, Any]) -> None:
    answer.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


class _Confession:
    """What was not foreseen is the document's doing: say which line of ours it broke, then stop."""

    def __init__(self, answer: BinaryIO) -> None:
        self._answer = answer

    def __call__(self, kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
        code = "read_limit" if issubclass(kind, MemoryError) else "file_corrupt"
        _send(self._answer, {"error": code, "detail": f"{kind.__name__} at {where}"})
        self._answer.flush()


if __name__ == "__main__":
    main()
