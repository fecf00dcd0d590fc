"""Tesseract, when it is installed with French: `tesseract stdin stdout`, so that no page is written to a disk.

One thread for each page (`OMP_THREAD_LIMIT=1`: on a busy machine its threads spin and a page takes forty times as
long); `--psm 4`, because the default breaks tables into columns.
"""

from __future__ import annotations

import csv
import subprocess
from itertools import groupby
from operator import itemgetter
from typing import Final

from engines.errors import EngineTimeout, EngineUnavailable
from engines.ocr import Box, PageFailed, Recognition, Word, installed
from engines.ocr.installed import LANGUAGES, TESSERACT_ENVIRONMENT
from engines.ocr.orientation import likely_quarters, recognition, upright
from engines.ocr.pictures import Grey, grey
from engines.ocr.preprocess import Prepared, prepare

_WORD_LEVEL: Final = "5"


class TesseractRecognizer:
    """Thread-safe: each page is a process of its own."""

    def __init__(self, *, seconds: float = 60.0) -> None:
        """`seconds` bounds one run of the program. Raises EngineUnavailable when it is not installed with French."""
        card, program = installed.tesseract(), installed.program()
        if card is None or program is None:
            raise EngineUnavailable("tesseract with the languages fra and eng is not installed")
        self.engine = card
        self._program = program
        self._seconds = seconds

    def recognize(self, picture: bytes) -> Recognition:
        page = grey(picture)
        height, width = page.shape
        prepared = prepare(page)
        attempt = upright(prepared, self._rows, likely_quarters(prepared))
        return recognition(attempt, width=width, height=height, engine=self.engine)

    def _rows(self, page: Prepared) -> list[list[Word]]:
        return _rows(self._run(page.pixels, "--psm", "4", "-l", "+".join(LANGUAGES), "tsv"))

    def _run(self, page: Grey, *arguments: str) -> str:
        """What the program says of a page. Raises EngineTimeout, PageFailed, EngineUnavailable."""
        command = [self._program, "stdin", "stdout", *arguments]
        try:
            answer = subprocess.run(  # noqa: S603 - a fixed command line
                command,
                input=_pgm(page),
                capture_output=True,
                timeout=self._seconds,
                check=True,
                env=TESSERACT_ENVIRONMENT,
            )
        except subprocess.TimeoutExpired as late:
            raise EngineTimeout(f"tesseract took more than {self._seconds:g} seconds") from late
        except subprocess.CalledProcessError as failed:
            raise PageFailed(f"tesseract ended with {failed.returncode}") from failed
        except OSError as gone:
            raise EngineUnavailable("tesseract cannot be started") from gone
        return answer.stdout.decode(errors="replace")


def _pgm(page: Grey) -> bytes:
    height, width = page.shape
    return f"P5 {width} {height} 255\n".encode() + page.tobytes()


def _rows(tsv: str) -> list[list[Word]]:
    """The words of each line, in the order of the lines."""
    table = csv.DictReader(tsv.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    words = [row for row in table if row["level"] == _WORD_LEVEL and (row["text"] or "").strip()]
    place = itemgetter("block_num", "par_num", "line_num")
    return [[_word(row) for row in line] for _, line in groupby(words, key=place)]


def _word(row: dict[str, str]) -> Word:
    left, top, width, height = (float(row[name]) for name in ("left", "top", "width", "height"))
    confidence = min(max(float(row["conf"]) / 100, 0.0), 1.0)
    return Word("".join(row["text"].split()), confidence, Box(left, top, left + width, top + height))
