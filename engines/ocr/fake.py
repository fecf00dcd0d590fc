"""A recognizer without a model, for tests: it finds where the ink is and says a word for it."""

from __future__ import annotations

from collections.abc import Callable

from engines.ocr import Box, EngineCard, Line, Recognition, Word
from engines.ocr.pictures import grey


def _one_line(_: bytes) -> str:
    return "encre"


class FakeRecognizer:
    """Says `say(picture)`, its lines spread over the height of the picture. Pictures are opened for real."""

    def __init__(self, say: Callable[[bytes], str] = _one_line, *, confidence: float = 0.95) -> None:
        self.engine = EngineCard("fake", "1", ("fra", "eng"))
        self._say = say
        self._confidence = confidence

    def recognize(self, picture: bytes) -> Recognition:
        height, width = grey(picture).shape
        texts = [line.split() for line in self._say(picture).splitlines() if line.split()]
        high = height / max(len(texts), 1)
        lines = tuple(self._line(words, at * high, (at + 0.8) * high, width) for at, words in enumerate(texts))
        return Recognition(lines, width, height, 0.0, self.engine)

    def _line(self, texts: list[str], top: float, bottom: float, width: int) -> Line:
        wide = width / len(texts)
        return Line(
            tuple(
                Word(text, self._confidence, Box(at * wide, top, (at + 0.8) * wide, bottom))
                for at, text in enumerate(texts)
            )
        )
