"""Read a file for a program that waits for its text: nothing is stored, nothing is indexed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engines.reading import Page, sandbox
from passepartout.kernel.errors import InvalidInput
from passepartout.kernel.scope import engine_call

from .engines_in_use import engine_errors, readers, recognizer
from .ocr import DPI, page_text

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
        wanted = sum(page.needs_ocr for page in reading.pages)
        if wanted > MOST_RECOGNIZED:
            raise InvalidInput(
                f"At most {MOST_RECOGNIZED} scanned pages are read at once; upload it as a document instead.",
                code="too_many_pages",
                field=FIELD,
            )
        return [_recognized(path, page) if page.needs_ocr else _own(page) for page in reading.pages]


def _own(page: Page) -> ReadPage:
    return ReadPage(page.number, page.text, "text", 1.0)


def _recognized(path: Path, page: Page) -> ReadPage:
    read = recognizer().recognize(sandbox.render_at(path, page=page.number, dpi=DPI))
    text, _ = page_text(read, page)
    return ReadPage(page.number, text, read.engine.identifier, round(read.confidence, 4))
