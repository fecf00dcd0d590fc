"""PDF by MuPDF (PyMuPDF, AGPL-3.0 or commercial): optional, behind the same port as PDFium. Repairs what is cut short.

Not in the base installation: its licence is the operator's to weigh (requirements/pymupdf.lock, PDF_ENGINE=pymupdf).
Pages are drawn by PDFium all the same.
"""

from contextlib import closing, suppress
from importlib import import_module
from typing import Any, Final

from engines.reading import Limits, Page, Reading, Source, Span
from engines.reading.errors import FileCorrupt, PasswordProtected, ReaderUnavailable, TooManyPages, TooMuchText
from engines.reading.facturx import NAMES, invoice_of
from engines.reading.hygiene import clean, clean_title
from engines.reading.invoices import Invoice
from engines.reading.pdf import FEW_CHARACTERS, MIME
from engines.reading.sources import size_of, whole

_PALE: Final = 225 / 255
_FAINT: Final = 0.1
_TINY: Final = 1.5  # points
_UNPAINTED: Final = 3  # the render mode of text that is not drawn
_SCALE: Final = 2
_CONTRAST: Final = 24
_COUNTED: Final = ("hidden_characters", "control_characters", "hidden_text", "off_page_text")
_INVOICE_BYTES: Final = 10_000_000


class MuPdfReader:
    """As `PdfReader`; `page_unreadable` does not occur, since MuPDF repairs or refuses the whole."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises ReaderUnavailable without PyMuPDF, PasswordProtected, FileCorrupt, TooManyPages, TooMuchText."""
        with closing(_opened(source)) as document:
            try:
                return _reading(document, limits)
            except (RuntimeError, ValueError) as error:  # what MuPDF says of a broken file
                raise FileCorrupt(type(error).__name__) from error


def _reading(document: Any, limits: Limits) -> Reading:
    count = document.page_count
    if count > limits.max_pages:
        raise TooManyPages(f"{count} pages, at most {limits.max_pages}")
    if not count:
        raise FileCorrupt("no page")
    pages: list[Page] = []
    warnings: list[str] = []
    left = limits.max_characters
    for number in range(1, count + 1):
        page, said = _page(document[number - 1], number)
        left -= len(page.text)
        if left < 0:
            raise TooMuchText(f"page {number} passes the limit of characters")
        pages.append(page)
        warnings += said
    title = clean_title((document.metadata or {}).get("title") or "")
    return Reading(MIME, tuple(pages), title, tuple(warnings), _invoice(document))


def _library() -> Any:
    """PyMuPDF is an extra, in no lock but its own."""
    try:
        return import_module("pymupdf")
    except ImportError as missing:
        raise ReaderUnavailable("PyMuPDF is not installed: requirements/pymupdf.lock") from missing


def _opened(source: Source) -> Any:
    pymupdf = _library()
    size_of(source)  # says in our words that the file is not there
    pymupdf.TOOLS.mupdf_display_errors(False)
    try:
        document = pymupdf.open(stream=whole(source), filetype="pdf")
    except (pymupdf.FileDataError, pymupdf.EmptyFileError, RuntimeError, ValueError) as error:
        raise FileCorrupt(type(error).__name__) from error
    if document.needs_pass:
        document.close()
        raise PasswordProtected
    return document


def _page(page: Any, number: int) -> tuple[Page, list[str]]:
    text, spans, counts = (
        "",
        [],
        {"hidden_characters": 0, "control_characters": 0, "hidden_text": 0, "off_page_text": 0},
    )
    ink = _Ink(page) if _has_suspects(page) else None
    before = None
    for block, line in _lines(page):
        written = "".join(span["text"] for span in line["spans"] if ink is None or ink.shows(span))
        counts["hidden_text"] += written != "".join(span["text"] for span in line["spans"])
        cleaned = clean(written.strip())
        counts["hidden_characters"] += cleaned.hidden
        counts["control_characters"] += cleaned.control
        box = page.rect & (_rect(line["bbox"]) * page.rotation_matrix)
        if not cleaned.text or box.is_empty:
            counts["off_page_text"] += bool(cleaned.text)
            continue
        text += ("\n\n" if before is not None and block != before else "\n") * bool(text)
        spans.append(Span(len(text), len(text) + len(cleaned.text), *(round(edge, 2) for edge in box)))
        text, before = text + cleaned.text, block
    needs_ocr = len(text) < FEW_CHARACTERS and bool(page.get_images())
    said = [f"{code}:{number}:{count}" for code, count in counts.items() if count]
    said += [f"needs_ocr:{number}"] * needs_ocr
    return Page(number, text, page.rect.width, page.rect.height, tuple(spans), needs_ocr), said


def _lines(page: Any) -> Any:
    """Block numbers and lines, in the order of the page's content."""
    for number, block in enumerate(page.get_text("dict", sort=False)["blocks"]):
        for line in block.get("lines", ()):
            yield number, line


def _rect(box: tuple[float, ...]) -> Any:
    return _library().Rect(box)


def _has_suspects(page: Any) -> bool:
    """Whether some text may not be seen: see engines/reading/pdf_unseen.py."""
    return any(
        trace["type"] == _UNPAINTED
        or trace["opacity"] <= _FAINT
        or trace["size"] < _TINY
        or min(trace["color"], default=0) >= _PALE
        for trace in page.get_texttrace()
    )


class _Ink:
    """The page drawn in grey, to see whether there is contrast where a text stands."""

    def __init__(self, page: Any) -> None:
        pymupdf = _library()
        self._page = page
        self._drawn = page.get_pixmap(matrix=pymupdf.Matrix(_SCALE, _SCALE), colorspace=pymupdf.csGRAY)

    def shows(self, span: dict[str, Any]) -> bool:
        if not span["text"].strip():
            return True
        if span["size"] < _TINY:
            return False
        box = (_rect(span["bbox"]) * self._page.rotation_matrix * _SCALE).irect & self._drawn.irect
        if box.is_empty:
            return True  # off the page: counted as such
        rows = range(box.y0, box.y1)
        width, grey = self._drawn.stride, self._drawn.samples_mv
        seen = [value for row in rows for value in grey[row * width + box.x0 : row * width + box.x1]]
        return max(seen) - min(seen) >= _CONTRAST


def _invoice(document: Any) -> Invoice | None:
    with suppress(ValueError, RuntimeError):
        for name in document.embfile_names():
            if name.rpartition("/")[2].lower() in NAMES:
                content = document.embfile_get(name)
                return invoice_of(content) if len(content) <= _INVOICE_BYTES else None
    return None
