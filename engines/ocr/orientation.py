"""Which way up a page is: the projection says whether it lies on its side, the engine's own confidence the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from engines.ocr import EngineCard, Recognition, Word
from engines.ocr.layout import lines
from engines.ocr.preprocess import Prepared, quarter_turned

# An engine that is this sure has the page the right way up: upside down none was above 0.75 in our set.
SURE: Final = 0.86
_QUARTER: Final = 90

Read = Callable[[Prepared], Sequence[Sequence[Word]]]


@dataclass(frozen=True, slots=True)
class _Try:
    quarters: int
    page: Prepared
    rows: Sequence[Sequence[Word]]

    @property
    def confidence(self) -> float:
        letters = sum(len(word.text) for row in self.rows for word in row)
        return sum(len(word.text) * word.confidence for row in self.rows for word in row) / letters if letters else 0.0

    @property
    def worth(self) -> float:
        """Confidence counted for each letter: a few sure letters of a page read upside down are worth little."""
        return self.confidence * sum(len(word.text) for row in self.rows for word in row)


def likely_quarters(page: Prepared) -> tuple[int, int]:
    """The two quarter turns, clockwise, that may bring the page upright."""
    return (1, 3) if page.on_its_side else (0, 2)


def upright(page: Prepared, read: Read, quarters: Sequence[int]) -> _Try:
    """Read the page turned by each of `quarters` until the engine is sure; else the turn that it made most of."""
    if page.is_blank:
        return _Try(0, page, [])
    tries = []
    for turn in quarters:
        turned = quarter_turned(page, turn)
        attempt = _Try(turn, turned, read(turned))
        if attempt.confidence >= SURE:
            return attempt
        tries.append(attempt)
    return max(tries, key=lambda attempt: attempt.worth)


def recognition(attempt: _Try, *, width: int, height: int, engine: EngineCard) -> Recognition:
    """The page in the pixels of the picture that was given, `width` x `height`."""
    return Recognition(
        lines=lines(attempt.rows, attempt.page),
        width=width,
        height=height,
        rotation=round(attempt.quarters * _QUARTER + attempt.page.skew, 2),
        engine=engine,
    )
