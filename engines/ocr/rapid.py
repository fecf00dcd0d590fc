"""rapidocr (PP-OCRv6 small on onnxruntime, its models in the wheel): no program to install, keeps French accents.

It finds pieces of lines; the rows are ours (`layout`). Its own classifier of upside-down lines stays off: a page is
turned as a whole.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np

from engines.ocr import Box, Recognition, Word, installed
from engines.ocr.layout import rows
from engines.ocr.orientation import likely_quarters, recognition, upright
from engines.ocr.pictures import grey
from engines.ocr.preprocess import Prepared, prepare

_LEAST: Final = 0.5  # confidence of a piece below which it is a stain


class RapidRecognizer:
    """One page at a time, on `threads` threads; the models (32 MB) are loaded by the first page."""

    def __init__(self, *, threads: int = 2) -> None:
        self.engine = installed.rapidocr()
        self._threads = threads
        self._reader: Any = None
        self._lock = threading.Lock()

    def recognize(self, picture: bytes) -> Recognition:
        page = grey(picture)
        height, width = page.shape
        prepared = prepare(page)
        with self._lock:
            attempt = upright(prepared, self._rows, likely_quarters(prepared))
        return recognition(attempt, width=width, height=height, engine=self.engine)

    def _rows(self, page: Prepared) -> list[list[Word]]:
        found = self._loaded()(cv2.cvtColor(page.pixels, cv2.COLOR_GRAY2BGR), return_word_box=True)
        if found.txts is None:
            return []
        pieces = zip(found.boxes, found.txts, found.scores, found.word_results, strict=True)
        return rows([_words(*piece) for piece in pieces])

    def _loaded(self) -> Any:
        if self._reader is None:
            from rapidocr import RapidOCR

            self._reader = RapidOCR(
                params={
                    "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                    "Global.use_cls": False,
                    "Global.text_score": _LEAST,
                    "Global.log_level": "error",
                }
            )
        return self._reader


def _words(corners: Any, text: str, score: float, found: Sequence[tuple[str, float, Any]]) -> list[Word]:
    """The words of a piece where they stand; spread by their letters when those found do not make up the text."""
    texts = text.split()
    if [word for word, _, _ in found] == texts:
        return [Word(word, float(score), _box(around)) for word, _, around in found]
    whole, at, placed = _box(corners), 0, []
    width = (whole.x1 - whole.x0) / max(len(text), 1)
    for word in texts:
        at = text.index(word, at)
        left = whole.x0 + at * width
        placed.append(Word(word, float(score), Box(left, whole.y0, left + len(word) * width, whole.y1)))
        at += len(word)
    return placed


def _box(corners: Any) -> Box:
    points = np.asarray(corners, dtype=np.float64)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return Box(float(x0), float(y0), float(x1), float(y1))
