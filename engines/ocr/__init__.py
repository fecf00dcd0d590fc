"""Character recognition: the port. A picture of a page goes in, lines of words with their boxes come out.

Adapters: `tesseract` and `rapid` (this process), `ladder` (the first, then the second where the first is unsure),
`isolated` (those in a child that is thrown away), `http` (the OCR service), `fake` (tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from engines.errors import EngineRejected

MAX_PIXELS: Final = 50_000_000
MAX_BYTES: Final = 64_000_000

# A gap wider than this many line heights separates two cells of a table's row.
CELL_GAP: Final = 1.6
_CELL_SEPARATOR: Final = "  "


class PictureUnreadable(EngineRejected):
    """Not a picture, or a damaged one."""

    code = "picture_unreadable"


class PictureTooLarge(EngineRejected):
    """More than MAX_PIXELS, or more than MAX_BYTES."""

    code = "picture_too_large"


class PageFailed(EngineRejected):
    """The engine died of this page, or did not end with it in time: it would again."""

    code = "ocr_failed"


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels of the picture that was given, x to the right, y downwards from its top left corner."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, boxes: list[Box]) -> Box:
        return cls(
            min(box.x0 for box in boxes),
            min(box.y0 for box in boxes),
            max(box.x1 for box in boxes),
            max(box.y1 for box in boxes),
        )


@dataclass(frozen=True, slots=True)
class Word:
    """Text without spaces. `confidence` from 0 to 1. `cell` counts the cells of its line from 0, by wide gaps."""

    text: str
    confidence: float
    box: Box
    cell: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words in reading order; a table's row is one line, its cells set apart by two spaces."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        pieces = [self.words[0].text]
        for before, word in zip(self.words, self.words[1:], strict=False):
            pieces += [" " if word.cell == before.cell else _CELL_SEPARATOR, word.text]
        return "".join(pieces)

    @property
    def box(self) -> Box:
        return Box.around([word.box for word in self.words])


@dataclass(frozen=True, slots=True)
class EngineCard:
    """Which engine read: `tesseract` or `rapidocr`, its version, and the languages it was told to expect."""

    id: str
    version: str
    languages: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """For example `tesseract/5.3.0`."""
        return f"{self.id}/{self.version}"


@dataclass(frozen=True, slots=True)
class Recognition:
    """A page that was read. `width` and `height` are the given picture's, in pixels; every box is in its pixels.

    `rotation` says by how many degrees, clockwise, the page was turned to be read: a quarter turn and the skew.
    `confidence` is the words' mean, weighed by their letters; 0 where there are none.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    rotation: float
    engine: EngineCard

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        letters = sum(len(word.text) for line in self.lines for word in line.words)
        if not letters:
            return 0.0
        return sum(len(word.text) * word.confidence for line in self.lines for word in line.words) / letters


class Recognizer(Protocol):
    @property
    def engine(self) -> EngineCard:
        """What reads first here. Raises EngineUnavailable."""
        ...

    def recognize(self, picture: bytes) -> Recognition:
        """Read one picture (PNG, JPEG, TIFF's first frame, WebP) of at most MAX_PIXELS, any way up.

        Raises EngineError; PictureUnreadable, PictureTooLarge and PageFailed are permanent.
        """
        ...


class ClosableRecognizer(Recognizer, Protocol):
    @property
    def loaded(self) -> bool:
        """Whether an engine is in memory now."""
        ...

    def abandon(self) -> None:
        """End the page that is being read, from another thread: its `recognize` raises EngineUnavailable."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
