"""Word (DOCX) by python-docx (MIT): headings, paragraphs, lists, tables, headers and footers, footnotes.

A DOCX has no pages before a printer decides: it is one page, whose headings are written as in Markdown so that chunks
know under which they stand.
"""

import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from docx import Document
from docx.document import Document as Opened
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from engines.reading import Limits, Reading, Source
from engines.reading.errors import FileCorrupt
from engines.reading.office import package
from engines.reading.pictures import is_legible
from engines.reading.placing import Pictures
from engines.reading.sources import opened
from engines.reading.tables import rows_as_text
from engines.reading.word_runs import Runs, in_fallback
from engines.reading.writing import Writing, one_line, paragraphs, tidy

MIME: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MAIN: Final = "word/document.xml"
_NOTES: Final = ("word/footnotes.xml", "word/endnotes.xml")
_DEEPEST_TABLE: Final = 8
_HEADINGS: Final = 6
_OLD_PICTURE: Final = "{urn:schemas-microsoft-com:vml}imagedata"


class WordReader:
    """One page; `hidden_text` counts runs that Word does not show, `pictures_unread` what only eyes can read."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises PasswordProtected, TypeMismatch, FileCorrupt, ReadLimit, TooMuchText, FileUnreadable."""
        with package(source, _MAIN) as archive, opened(source) as file:
            try:
                document = Document(file)
                text = _Text(document, Pictures(partial(is_legible, limits=limits)))
                written = paragraphs([*text.frame("header"), text.body(), *text.notes(archive), *text.frame("footer")])
                title = document.core_properties.title
            except (OpcError, etree.XMLSyntaxError, ValueError) as error:
                raise FileCorrupt(type(error).__name__) from error
        writing = Writing(limits)
        writing.warn("hidden_text", text.runs.hidden)
        writing.warn("pictures_unread", text.pictures.unread + text.unlinked)
        writing.add(written, text.pictures.of_page())
        return writing.reading(MIME, title)


class _Text:
    """The text of a document; `runs.hidden` and `unlinked` (pictures of the old kind) are what was left out."""

    def __init__(self, document: Opened, pictures: Pictures) -> None:
        self._document = document
        self.pictures = pictures
        self.runs = Runs(document, pictures)
        self.unlinked = sum(1 for old in document.element.body.iter(_OLD_PICTURE) if not in_fallback(old))

    def body(self) -> str:
        return self._blocks(self._document, 0)

    def frame(self, which: str) -> Iterator[str]:
        """Headers or footers of all sections, each text once."""
        seen: set[str] = set()
        for section in self._document.sections:
            for prefix in ("", "first_page_", "even_page_"):
                part = getattr(section, prefix + which)
                text = "" if part.is_linked_to_previous else self._blocks(part, 0)
                if text and text not in seen:
                    seen.add(text)
                    yield text

    def notes(self, archive: zipfile.ZipFile) -> Iterator[str]:
        """Footnotes and endnotes, which python-docx does not read, one line each."""
        for name in _NOTES:
            if name in archive.namelist():
                root = parse_xml(archive.read(name))
                lines = (self._note(note) for note in root if note.get(qn("w:type")) is None)
                yield "\n".join(filter(None, lines))

    def _note(self, note: Any) -> str:
        texts = (self.runs.text(Paragraph(found, self._document)) for found in note.iter(qn("w:p")))
        text = one_line(" ".join(texts))
        return f"{note.get(qn('w:id'))}. {text}" if text else ""

    def _blocks(self, container: Any, depth: int) -> str:
        """Paragraphs and tables in order; items of a list follow each other without an empty line."""
        pieces: list[str] = []
        listed = False
        for block in container.iter_inner_content():
            if isinstance(block, Table):
                text, item = self._table(block, depth), False
            else:
                text, item = self._paragraph(block)
            if text:
                pieces += ["\n" if item and listed else "\n\n", text]
                listed = item
        return "".join(pieces).strip()

    def _paragraph(self, paragraph: Paragraph) -> tuple[str, bool]:
        """Its text with the marks of a heading or a list, and whether it is an item of a list."""
        text = tidy(self.runs.text(paragraph))
        level = _heading(paragraph) if text else 0
        if level:
            return f"{'#' * level} {one_line(text)}", False
        item = bool(text) and _is_item(paragraph)
        return (f"- {text}" if item else text), item

    def _table(self, table: Table, depth: int) -> str:
        if depth >= _DEEPEST_TABLE:
            return ""
        rows, seen = [], set()
        for row in table.rows:
            cells = []
            for cell in row.cells:  # a merged cell comes once for each place that it fills
                cells.append("" if cell._tc in seen else self._blocks(cell, depth + 1))  # noqa: SLF001
                seen.add(cell._tc)  # noqa: SLF001
            rows.append(cells)
        marked = bool(table._tbl.xpath("./w:tr[1]/w:trPr/w:tblHeader"))  # noqa: SLF001
        return rows_as_text(rows, headed=True if marked else None)


def _heading(paragraph: Paragraph) -> int:
    """1 to 6 for a heading, 0 for the rest; Word keeps the English names of its own styles in every language."""
    name = str(getattr(paragraph.style, "name", "") or "")
    if name == "Title":
        return 1
    kind, _, level = name.rpartition(" ")
    return min(int(level), _HEADINGS) if kind == "Heading" and level.isdecimal() and int(level) else 0


def _is_item(paragraph: Paragraph) -> bool:
    styled = str(getattr(paragraph.style, "name", "") or "").startswith("List ")
    return styled or bool(paragraph._p.xpath("./w:pPr/w:numPr"))  # noqa: SLF001
