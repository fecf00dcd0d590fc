"""Spreadsheets: each sheet a page, each row naming its columns, values as shown."""

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engines.reading import Limits, sandbox
from engines.reading.cells import shown
from engines.reading.errors import FileCorrupt, ReadLimit, TooMuchText
from engines.reading.sheets import SheetReader
from engines.reading.tests import office_files as files


def fill(book: Any) -> None:
    first = book.active
    first.title = "Tarifs 2026"
    first.append(["Tarifs de la conciergerie"])
    first.append(["Prestation", "Prix", "Remise", "Depuis"])
    first.append(["Ménage", 45.5, 0.1, dt.date(2026, 3, 2)])
    first.append(["Linge", 18, None, None])
    first["B3"].number_format = '#,##0.00 "€"'
    first["B4"].number_format = "#,##0.00 [$€-40C]"
    first["C3"].number_format = "0 %"
    first["D3"].number_format = "DD/MM/YYYY"
    first.append([])
    first.append(["Contact", "Marie"])
    secret = book.create_sheet("Marges")
    secret.append(["marge", 99])
    secret.sheet_state = "hidden"
    last = book.create_sheet("Stock")
    last.append(["Article", "Secret", "Nombre"])
    for number in range(1, 5):
        last.append([f"Serviette {number}", "x", number])
    last.column_dimensions["B"].hidden = True
    last.row_dimensions[3].hidden = True


def test_what_the_sheet_does_not_show_is_not_read_but_told(tmp_path: Path) -> None:
    reading = sandbox.read(files.workbook(tmp_path / "a.xlsx", fill), "a.xlsx")
    assert set(reading.warnings) == {"hidden_sheet:2:1", "hidden_rows:3:1", "hidden_columns:3:1"}
    assert [page.number for page in reading.pages] == [1, 2, 3]
    assert reading.pages[1].text == ""
    assert reading.pages[2].text.split("\n") == [
        "# Stock",
        "",
        "Article: Serviette 1 | Nombre: 1",
        "Article: Serviette 3 | Nombre: 3",
        "Article: Serviette 4 | Nombre: 4",
    ]


def test_rows_name_their_columns_and_values_are_as_shown(tmp_path: Path) -> None:
    (page, *_) = SheetReader().read(files.workbook(tmp_path / "a.xlsx", fill), Limits()).pages
    assert page.text.split("\n") == [
        "# Tarifs 2026",
        "",
        "Tarifs de la conciergerie",
        "Prestation: Ménage | Prix: 45.50 € | Remise: 10 % | Depuis: 02/03/2026",
        "Prestation: Linge | Prix: 18.00 €",
        "",
        "Contact: Marie",
    ]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1234.5, "General", "1234.5"),
        (0.1 + 0.2, "General", "0.3"),
        (1e21, "General", "1e+21"),
        (75, "00000", "00075"),
        (69003, "00000", "69003"),
        (0.055, "0.0%", "5.5 %"),
        (-12, "#,##0.00;[Red]-#,##0.00", "-12.00"),
        (1234.5, "$#,##0.00", "1234.50 $"),
        (True, "General", "TRUE"),
        ("00123", "@", "00123"),
        (dt.datetime.fromisoformat("2026-03-02T14:30"), "dd/mm/yyyy hh:mm", "02/03/2026 14:30"),
        (dt.datetime.fromisoformat("2026-03-02"), "yyyy-mm-dd", "2026-03-02"),
        (dt.time(6, 5), "hh:mm", "06:05"),
        (dt.timedelta(hours=26, minutes=3), "[h]:mm", "26:03"),
    ],
)
def test_a_value_is_written_as_its_format_says(value: object, number_format: str, text: str) -> None:
    assert shown(value, number_format) == text


def rows_of(count: int) -> bytes:
    cells = "".join(f'<c t="inlineStr"><is><t>colis {n % 997} quai</t></is></c>' for n in range(3))
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f"<worksheet {space}><sheetData>{f'<row>{cells}</row>' * count}</sheetData></worksheet>".encode()


def test_a_million_rows_end_in_a_limit(tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "a.xlsx", fill)
    files.with_part(path, "xl/worksheets/sheet1.xml", rows_of(1_000_000))
    with pytest.raises(ReadLimit):
        sandbox.read(path, "a.xlsx")


def test_a_sheet_with_more_text_than_allowed_is_refused_while_it_is_read(tmp_path: Path) -> None:
    path = files.workbook(tmp_path / "a.xlsx", fill)
    with pytest.raises(TooMuchText):
        SheetReader().read(path, Limits(max_characters=30))


@pytest.mark.parametrize("reference", ["XFE1", "A99999999", "ZZZZZZ1", "!!"])
def test_a_cell_outside_any_sheet_is_left_out_or_refused(tmp_path: Path, reference: str) -> None:
    path = files.workbook(tmp_path / "a.xlsx", fill)
    sheet = rows_of(1).replace(b"<c t=", b'<c r="%b" t=' % reference.encode(), 1)
    files.with_part(path, "xl/worksheets/sheet1.xml", sheet)
    with suppress(FileCorrupt):
        assert len(SheetReader().read(path, Limits()).pages[0].text) < 100
