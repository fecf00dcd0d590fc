"""Excel (XLSX) by openpyxl (MIT), streamed: each sheet is a page, each row a line that names its columns."""

import zipfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import WorkSheetParser

from engines.reading import Limits, Reading, Source
from engines.reading.cells import shown
from engines.reading.errors import FileCorrupt, TooMuchText
from engines.reading.office import package, related
from engines.reading.pictures import is_legible
from engines.reading.placing import Pictures
from engines.reading.sources import opened
from engines.reading.tables import rows_as_text
from engines.reading.writing import Writing, one_line, paragraphs

MIME: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIN: Final = "xl/workbook.xml"
_WIDEST: Final = 16_384  # columns, as in Excel
_TRUE: Final = frozenset({"1", "true"})

Row = list[str]


class SheetReader:
    """Values as computed when the file was saved; what is not shown (sheets, rows, columns) is not read, but told."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises PasswordProtected, TypeMismatch, FileCorrupt, ReadLimit, TooManyPages, TooMuchText, FileUnreadable."""
        writing = Writing(limits)
        with package(source, _MAIN) as archive, opened(source) as file:
            try:
                pictures = Pictures(partial(is_legible, limits=limits))
                with closing(load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book:
                    for sheet in book.worksheets:
                        text = _page(sheet, writing, limits)
                        shown_ones = _marked(archive, sheet, pictures) if text else ""
                        writing.warn("pictures_unread", pictures.unread)
                        writing.add(paragraphs((text, shown_ones)), pictures.of_page())
                    title = book.properties.title or ""
            except (ValueError, TypeError, KeyError, IndexError, SyntaxError, InvalidFileException) as error:
                raise FileCorrupt(type(error).__name__) from error  # what openpyxl says of a broken file
        return writing.reading(MIME, title)


def _page(sheet: Any, writing: Writing, limits: Limits) -> str:
    if sheet.sheet_state != "visible":
        writing.warn("hidden_sheet")
        return ""
    rows = _Rows(sheet, limits)
    blocks = [f"# {one_line(sheet.title)}", *(_block(block) for block in rows.blocks())]
    writing.warn("hidden_rows", rows.hidden)
    writing.warn("hidden_columns", len(rows.hidden_columns))
    return paragraphs(blocks)


def _marked(archive: zipfile.ZipFile, sheet: Any, pictures: Pictures) -> str:
    """The pictures of a sheet stand after its rows: their place is on a grid, not in a text."""
    part = sheet._worksheet_path  # noqa: SLF001 - read-only sheets do not give their pictures
    names = [name for drawing in related(archive, part, "drawing") for name in related(archive, drawing, "image")]
    return "\n\n".join(filter(None, (pictures.mark(name, archive.read(name)) for name in names)))


def _block(rows: list[Row]) -> str:
    """A table; lines with a single cell above it are its titles."""
    above = 0
    while above < len(rows) - 1 and sum(map(bool, rows[above])) == 1:
        above += 1
    if above == len(rows) - 1:
        above = 0
    first = min((at for row in rows[above:] for at, cell in enumerate(row) if cell), default=0)
    titles = "\n".join(next(filter(None, row)) for row in rows[:above])
    return "\n".join(filter(None, (titles, rows_as_text([row[first:] for row in rows[above:]]))))


class _Rows:
    """The shown rows of a sheet; `hidden` and `hidden_columns` are what was not."""

    def __init__(self, sheet: Any, limits: Limits) -> None:
        self.hidden = 0
        self.hidden_columns: set[int] = set()
        self._sheet = sheet
        self._left = limits.max_characters

    def blocks(self) -> Iterator[list[Row]]:
        """Rows that follow each other without an empty one between them."""
        block: list[Row] = []
        before = 0
        for number, row in self._shown():
            if block and number > before + 1:
                yield block
                block = []
            if row:
                block.append(row)
            before = number
        if block:
            yield block

    def _shown(self) -> Iterator[tuple[int, Row]]:
        """Number and cells of the rows that hold something; no cells where the row is hidden."""
        sheet, book = self._sheet, self._sheet.parent
        with sheet._get_source() as source:  # noqa: SLF001 - what openpyxl's own rows are made of, with what is hidden
            parser = WorkSheetParser(
                source,
                sheet._shared_strings,  # noqa: SLF001
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,  # noqa: SLF001
                timedelta_formats=book._timedelta_formats,  # noqa: SLF001
            )
            for number, cells in parser.parse():
                facts = parser.row_dimensions.pop(str(number), {})
                row = self._row(cells, parser.column_dimensions)
                if not any(row):
                    continue
                is_hidden = facts.get("hidden") in _TRUE
                self.hidden += is_hidden
                yield number, [] if is_hidden else row

    def _row(self, cells: list[dict[str, Any]], columns: dict[str, dict[str, str]]) -> Row:
        row: Row = []
        if columns:
            self._hide(columns)
        for cell in cells:
            value, column = cell["value"], int(cell["column"])
            if value is None or not 1 <= column <= _WIDEST or column in self.hidden_columns:
                continue
            text = one_line(shown(value, ReadOnlyCell(self._sheet, **cell).number_format))
            self._left -= len(text)
            if self._left < 0:
                raise TooMuchText(f"sheet {self._sheet.title[:50]!r}")
            row += [""] * (column - len(row))
            row[column - 1] = text
        return row

    def _hide(self, columns: dict[str, dict[str, str]]) -> None:
        """Take the ranges of columns that were met since the last row."""
        for facts in columns.values():
            if facts.get("hidden") in _TRUE:
                last = min(int(facts["max"]), _WIDEST)
                self.hidden_columns.update(range(int(facts["min"]), last + 1))
        columns.clear()
