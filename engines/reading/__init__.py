"""Documents become pages of text with a box for every line, so that a citation can be drawn where it stands.

Nothing here parses: `engines.reading.sandbox` reads and renders in one resource-limited child process per document, and
a `Reader` for another format (DOCX, images with OCR) is one more line in `engines.reading.sniff.KINDS`.

Everything raised is a `ReadingError`: engines/reading/errors.py draws the tree.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engines.reading.errors import ReadingError
from engines.reading.invoices import Invoice

__all__ = ["Drawing", "Limits", "Page", "Picture", "Reader", "Reading", "ReadingError", "Source", "Span"]

# A file, or the bytes of an attachment: the child may write none.
Source = Path | bytes


@dataclass(frozen=True, slots=True)
class Span:
    """One line of text: `page.text[start:end]`, and its box in PDF points (1/72 inch).

    The origin is the top-left corner of the page as displayed (crop box and rotation applied), y grows downwards.
    """

    start: int
    end: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture inside an office file: what it says belongs at `page.text[at]`, which ends a line; `name` draws it."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Page:
    r"""A page, numbered from 1. Lines end with "\n", hidden characters are gone, text is NFC.

    `width` and `height` are in PDF points as displayed; both are 0 and `spans` is empty where the format has no layout.
    `needs_ocr`: something is to be seen and (nearly) no text says what; `sandbox.render_at` draws it. What `text` says
    already (a stamp, the name of an attachment) stays before what OCR finds. `pictures` stand in the text of a page
    without layout, in order.
    """

    number: int
    text: str
    width: float
    height: float
    spans: tuple[Span, ...]
    needs_ocr: bool = False
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A document that was read.

    `warnings` are "code:page" or "code:page:count", pages from 1: `needs_ocr:3` (an image and no text),
    `hidden_characters:2:14` and `control_characters:2:1` (zero-width, bidirectional, tag…; control: removed),
    `off_page_text:1:2` (2 lines lost what stood outside the visible page), `page_unreadable:9` (it is given empty),
    `hidden_text:1:2` (2 pieces of text that nobody could see were removed: white on white, hidden runs or elements…),
    `hidden_sheet:3:1`, `hidden_rows:2:7`, `hidden_columns:2:1`, `hidden_slide:4:1` (not shown: not read),
    `pictures_unread:1:2` (pictures inside a file that are too small, too many or of no kind we read; all of a web
    page's and an attachment's), `attachment_unread:1:1`,
    `encoding_guessed:1` (text neither UTF-8 nor marked: taken for Windows-1252).
    `invoice` is what a hybrid PDF says as data (Factur-X): it is surer than anything read from its pages.
    A whole document without text is returned like any other: the caller decides.
    """

    mime: str
    pages: tuple[Page, ...]
    title: str
    warnings: tuple[str, ...]
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost. Bytes, seconds, pages, characters (Unicode code points), pixels."""

    memory_bytes: int = 1_500_000_000
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    max_pages: int = 2_000
    max_characters: int = 20_000_000
    max_spans: int = 400_000
    max_answer_bytes: int = 200_000_000
    max_pixels: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """Which page to draw (from 1) and how large: exactly `width` pixels wide, or at `dpi` where `width` is 0.

    At a density, a page that would pass the limit of pixels is drawn smaller, and a picture is never enlarged. `grey`
    gives one channel instead of three. `picture`: the name of one inside an office file, instead of a page.
    """

    page: int
    width: int = 0
    dpi: int = 0
    grey: bool = False
    picture: str = ""


class Reader(Protocol):
    """What a format must offer. It runs inside the limited child: it may crash, hang or eat memory without harm."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Read the whole document. Raises ReadingError."""
        ...
