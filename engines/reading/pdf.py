"""PDF by PDFium (pypdfium2, BSD/Apache). PDFium is not thread-safe: this runs in a process of its own."""

from collections.abc import Iterable
from contextlib import closing
from typing import Final, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from engines.reading import Limits, Page, Reading, Source, Span
from engines.reading.errors import (
    FileCorrupt,
    FileUnreadable,
    PasswordProtected,
    ReadingError,
    TooManyPages,
    TooMuchText,
)
from engines.reading.facturx import embedded_invoice
from engines.reading.hygiene import clean, clean_title, is_clean
from engines.reading.pdf_lines import Line, View, lines
from engines.reading.pdf_unseen import Unseen
from engines.reading.sources import opened, size_of

MIME: Final = "application/pdf"
FEW_CHARACTERS: Final = 20  # a scanned page often holds a stamped number and nothing else
_TAIL_BYTES: Final = 2_048

_OPEN_ERRORS: Final[dict[int, type[ReadingError]]] = {
    pdfium_c.FPDF_ERR_PASSWORD: PasswordProtected,
    pdfium_c.FPDF_ERR_SECURITY: PasswordProtected,
    pdfium_c.FPDF_ERR_FILE: FileUnreadable,
}


def open_pdf(source: Source) -> pdfium.PdfDocument:
    """Open a document. Raises PasswordProtected, FileCorrupt, FileUnreadable."""
    try:
        return pdfium.PdfDocument(source)
    except FileNotFoundError as error:
        raise FileUnreadable("no such file") from error
    except pdfium.PdfiumError as error:
        raise _OPEN_ERRORS.get(error.err_code or 0, FileCorrupt)(str(error)) from error


class PdfReader:
    """Reads PDFs that hold text; pages that are only an image are marked `needs_ocr`."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises PasswordProtected, FileCorrupt, FileUnreadable, TooManyPages, TooMuchText."""
        with closing(open_pdf(source)) as document:
            count = len(document)
            if count > limits.max_pages:
                raise TooManyPages(f"{count} pages, at most {limits.max_pages}")
            gathering = _Gathering(limits)
            for index in range(count):
                gathering.add(_read_page(document, index, limits.max_characters - gathering.characters))
            title, invoice = _title(document), embedded_invoice(document)
        if gathering.unreadable == count or (gathering.unreadable and not _ends_properly(source)):
            raise FileCorrupt(f"{gathering.unreadable} of {count} pages cannot be read")
        return Reading(MIME, tuple(gathering.pages), title, tuple(gathering.warnings), invoice)


class _PageRead(NamedTuple):
    page: Page
    warnings: list[str]
    readable: bool = True


class _Gathering:
    """The pages read so far, and what they cost."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.pages: list[Page] = []
        self.warnings: list[str] = []
        self.characters = 0
        self.spans = 0
        self.unreadable = 0

    def add(self, read: _PageRead) -> None:
        self.characters += len(read.page.text)
        self.spans += len(read.page.spans)
        if self.spans > self._limits.max_spans:
            raise TooMuchText(f"more than {self._limits.max_spans} lines")
        self.unreadable += not read.readable
        self.pages.append(read.page)
        self.warnings += read.warnings


def _title(document: pdfium.PdfDocument) -> str:
    try:
        return clean_title(document.get_metadata_value("Title"))
    except UnicodeDecodeError:  # a malformed title is no reason to refuse the text
        return ""


def _ends_properly(source: Source) -> bool:
    with opened(source) as file:
        file.seek(max(0, size_of(source) - _TAIL_BYTES))
        return b"%%EOF" in file.read()


def _read_page(document: pdfium.PdfDocument, index: int, characters_left: int) -> _PageRead:
    number = index + 1
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return _PageRead(Page(number, "", 0.0, 0.0, ()), [f"page_unreadable:{number}"], readable=False)
    with closing(page), closing(page.get_textpage()) as textpage:
        count = textpage.count_chars()
        if count > characters_left:
            raise TooMuchText(f"page {number} passes the limit of characters")
        text = _PageText(View.of(page))
        unseen = Unseen(page, textpage, text.view)
        text.add_all(lines(textpage, count, text.view, unseen.hides if unseen.suspects else None))
        warnings = text.warnings(number)
        needs_ocr = text.length < FEW_CHARACTERS and _has_image(page)
        warnings += [f"needs_ocr:{number}"] * needs_ocr
        return _PageRead(text.page(number, needs_ocr=needs_ocr), warnings)


def _has_image(page: pdfium.PdfPage) -> bool:
    return any(True for _ in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4))


class _PageText:
    """A page's text being put together, line by line, each with its span."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._pieces: list[str] = []
        self._spans: list[Span] = []
        self._counts = {"hidden_characters": 0, "control_characters": 0, "off_page_text": 0, "hidden_text": 0}
        self._blank = True  # nothing, or an empty line, stands before
        self.length = 0

    def add_all(self, found: Iterable[Line]) -> None:
        for line in found:
            self._counts["off_page_text"] += line.beside
            self._counts["hidden_text"] += line.unseen
            self._add(line)

    def _add(self, line: Line) -> None:
        """An empty line marks a paragraph, once; but not one that nobody could see."""
        text = line.text
        if not is_clean(text):
            text, hidden, control = clean(text)
            self._counts["hidden_characters"] += hidden
            self._counts["control_characters"] += control
        if not text:
            if not line.beside and not line.unseen:
                self._mark_paragraph()
            return
        if line.box:
            x0, y0, x1, y1 = (round(value, 2) for value in self.view.displayed(line.box))
            self._spans.append(Span(self.length, self.length + len(text), x0, y0, x1, y1))
        self._append(text if line.cut else text + "\n")
        self._blank = False

    def _mark_paragraph(self) -> None:
        if not self._blank:
            self._append("\n")
            self._blank = True

    def _append(self, piece: str) -> None:
        self._pieces.append(piece)
        self.length += len(piece)

    def page(self, number: int, *, needs_ocr: bool) -> Page:
        width, height = self.view.size
        return Page(number, "".join(self._pieces).rstrip("\n"), width, height, tuple(self._spans), needs_ocr)

    def warnings(self, number: int) -> list[str]:
        return [f"{code}:{number}:{count}" for code, count in self._counts.items() if count]
