"""Read a file for a program that waits for its text: nothing is stored, nothing is indexed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engines.reading import Page, sandbox
from passepartout.kernel.errors import InvalidInput
from passepartout.kernel.scope import engine_call

from .engines_in_use import engine_errors, readers, recognizer
from .ocr import drawn, page_text, places, with_pictures

MOST_RECOGNIZED: Final = 10  # pages; at seconds each, more are a document's work
FIELD: Final = "file"


@dataclass(frozen=True)
class ReadPage:
    """``engine`` is "text" where the page had text of its own; ``confidence`` from 0 to 1, 1 for such text."""

    number: int
    text: str
    engine: str
    confidence: float


def read_now(path: Path, filename: str) -> list[ReadPage]:
    """The pages of a file, recognized where they are pictures.

    Raises InvalidInput for a file that cannot be read or has more than MOST_RECOGNIZED pictures, and Unavailable.
    """
    with engine_call(), engine_errors(FIELD):
        reading = sandbox.read(path, filename, readers=readers())
        scanned = sum(page.needs_ocr for page in reading.pages)
        if scanned > MOST_RECOGNIZED:
            raise InvalidInput(
                f"At most {MOST_RECOGNIZED} scanned pages are read at once; upload it as a document instead.",
                code="too_many_pages",
                field=FIELD,
            )
        pages = _with_the_first(MOST_RECOGNIZED - scanned, reading.pages)
        return [_recognized(path, page) if places(page) else _own(page) for page in pages]


def _with_the_first(most: int, pages: Sequence[Page]) -> Iterator[Page]:
    """The pages with so many of the pictures inside them: a text is not refused for its pictures."""
    for page in pages:
        kept = page.pictures[:most]
        most -= len(kept)
        yield replace(page, pictures=kept)


def _own(page: Page) -> ReadPage:
    return ReadPage(page.number, page.text, "text", 1.0)


def _recognized(path: Path, page: Page) -> ReadPage:
    reads = [recognizer().recognize(drawn(path, page, picture)) for _, picture in places(page)]
    texts = [page_text(read, page)[0] for read in reads]
    text = with_pictures(page, texts).text if page.pictures else texts[0]
    confidence = round(min(read.confidence for read in reads), 4)
    return ReadPage(page.number, text, reads[0].engine.identifier, confidence)
