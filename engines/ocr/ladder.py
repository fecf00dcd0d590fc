"""The engine that costs least first, the other one where the first is unsure of what it read."""

from __future__ import annotations

from typing import Final

from engines.errors import EngineRejected
from engines.ocr import EngineCard, PictureTooLarge, PictureUnreadable, Recognition, Recognizer, installed

# Mean confidence below which Tesseract's page is read again: on our set every page above it is under 1 % wrong.
UNSURE: Final = 0.90


class LadderRecognizer:
    """Reads with `first`; with `second` too when `first` fails or is unsure. The surer reading is given."""

    def __init__(self, first: Recognizer, second: Recognizer, *, unsure: float = UNSURE) -> None:
        self._first = first
        self._second = second
        self._unsure = unsure

    @property
    def engine(self) -> EngineCard:
        return self._first.engine

    def recognize(self, picture: bytes) -> Recognition:
        try:
            read = self._first.recognize(picture)
        except (PictureUnreadable, PictureTooLarge):
            raise  # so would the second say
        except EngineRejected:
            return self._second.recognize(picture)
        if read.confidence >= self._unsure:
            return read
        again = self._second.recognize(picture)
        # Two engines' confidences are not on one scale: letters found count more than how sure either is of them.
        return again if _worth(again) >= _worth(read) else read


def choose(*, threads: int = 2) -> Recognizer:
    """What this machine has: Tesseract with French, then rapidocr; or rapidocr alone."""
    from engines.ocr.rapid import RapidRecognizer
    from engines.ocr.tesseract import TesseractRecognizer

    rapid = RapidRecognizer(threads=threads)
    return rapid if installed.tesseract() is None else LadderRecognizer(TesseractRecognizer(), rapid)


def _worth(read: Recognition) -> float:
    return read.confidence * sum(len(line.text) for line in read.lines)
