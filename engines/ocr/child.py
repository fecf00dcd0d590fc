"""The child in which the engines of `isolated` live: pictures in, one JSON line out for each, until the pipe closes.

A picture comes as its length (8 bytes, big-endian) and its bytes. Native decoders and models read what strangers drew:
whatever they break, they break here, and what they hold goes back to the machine when the child ends.
"""

from __future__ import annotations

import gc
import json
import os
import struct
import sys
from typing import Any, BinaryIO

from engines.errors import EngineError
from engines.ocr import Recognizer
from engines.ocr.ladder import choose
from engines.ocr.wire import as_json

# Somebody waits for the answer to a question, nobody for a page.
_KINDNESS = 5


def main() -> None:
    threads = int(sys.argv[2])
    os.nice(_KINDNESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into an answer
    reader = choose(threads=threads)
    _say(answers, {"ready": reader.engine.identifier})
    while (picture := _next(sys.stdin.buffer)) is not None:
        _say(answers, _answer(reader, picture))
        del picture
        gc.collect()


def _next(pictures: BinaryIO) -> bytes | None:
    header = pictures.read(8)
    if len(header) < struct.calcsize(">Q"):
        return None
    return pictures.read(struct.unpack(">Q", header)[0])


def _answer(reader: Recognizer, picture: bytes) -> dict[str, Any]:
    try:
        return as_json(reader.recognize(picture))
    except EngineError as error:
        return {"error": error.code, "detail": error.detail}


def _say(answers: BinaryIO, record: dict[str, Any]) -> None:
    answers.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
