"""A child that was taken over may say anything: only what our reader would write is believed."""

import json
import struct
from dataclasses import asdict

import pytest

from engines.reading import Limits, Page, Reading, Span
from engines.reading.answers import ReadingBuilder, checked_png
from engines.reading.errors import (
    FileCorrupt,
    PasswordProtected,
    ReaderUnavailable,
    ReadLimit,
    TooManyPages,
    TooMuchText,
)
from engines.reading.invoices import Invoice, InvoiceLine, InvoiceTax

MIME = "application/pdf"
PAGE = {
    "page": 1,
    "text": "Bonjour",
    "width": 595.0,
    "height": 842,
    "spans": [0, 7, 72.0, 130.5, 120.25, 142],
    "needs_ocr": False,
    "pictures": [],
}
END = {"end": 1, "mime": MIME, "title": "Titre", "warnings": ["needs_ocr:1"], "invoice": None}


INVOICE = asdict(Invoice(number="F1"))


def built(*records: object, limits: Limits | None = None) -> Reading:
    builder = ReadingBuilder(MIME, limits or Limits())
    for record in records:
        builder.add(record if isinstance(record, bytes) else json.dumps(record).encode())
    return builder.reading()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"42",
        b"null",
        b"{}",
        b"[" * 100_000,
        b'{"page":1,"text":"a","width":NaN,"height":1,"spans":[]}',
        b'{"page":1,"text":"a","width":1e999,"height":1,"spans":[]}',
        b'{"page":1,"text":"a","width":1,"height":1,"spans":[0,1,0,0,Infinity,1]}',
    ],
)
def test_what_is_not_a_record_is_refused(line: bytes) -> None:
    with pytest.raises(FileCorrupt):
        built(line, END)


@pytest.mark.parametrize(
    "change",
    [
        {"page": 2},
        {"page": "1"},
        {"page": True, "text": 1},
        {"text": None},
        {"text": ["a"]},
        {"text": "a\u200bbcdefgh"},
        {"text": "a\u0000bcdefgh"},
        {"text": "\ud800bcdefgh"},
        {"text": "a\u202ebcdefgh"},
        {"width": -1},
        {"width": "595"},
        {"height": None},
        {"spans": None},
        {"needs_ocr": 0},
        {"needs_ocr": None},
        {"pictures": None},
        {"pictures": ["word/media/a.png"]},
        {"pictures": [[8, "a.png"]]},
        {"pictures": [[3, "a.png"]]},
        {"pictures": [[7, ""]]},
        {"pictures": [[7, "/etc/passwd"]]},
        {"pictures": [[7, "a\nb"]]},
        {"pictures": [[7, "a" * 201]]},
        {"pictures": [[7, "a.png"]] * 51},
        {"spans": [0, 7, 1, 1, 2]},
        {"spans": [0, 8, 1, 1, 2, 2]},
        {"spans": [-1, 7, 1, 1, 2, 2]},
        {"spans": [3, 3, 1, 1, 2, 2]},
        {"spans": [0.0, 7, 1, 1, 2, 2]},
        {"spans": [True, 7, 1, 1, 2, 2]},
        {"spans": [0, 7, 1, 1, 2, "2"]},
        {"spans": [0, 7, 1, 1, 2, None]},
        {"spans": [0, 7, 1, 1, 2, [2]]},
        {"spans": [0, 7, 5, 1, 2, 2]},
        {"spans": [0, 4, 1, 1, 2, 2, 3, 7, 1, 1, 2, 2]},
    ],
)
def test_a_page_that_is_not_as_it_should_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FileCorrupt):
        built({**PAGE, **change}, END)


@pytest.mark.parametrize(
    "change",
    [
        {"end": 2},
        {"end": "1"},
        {"mime": "text/html"},
        {"title": 5},
        {"warnings": "needs_ocr:1"},
        {"invoice": "F1"},
        {"invoice": {}},
        {"invoice": {**INVOICE, "number": 5}},
        {"invoice": {**INVOICE, "number": "x" * 301}},
        {"invoice": {**INVOICE, "number": "F\u200b1"}},
        {"invoice": {**INVOICE, "more": ""}},
        {"invoice": {**INVOICE, "seller": None}},
        {"invoice": {**INVOICE, "lines": [{}]}},
        {"invoice": {**INVOICE, "lines": [asdict(InvoiceLine())] * 1_001}},
        {"invoice": {**INVOICE, "taxes": [{}]}},
        {"invoice": {**INVOICE, "taxes": [asdict(InvoiceTax())] * 21}},
        {"warnings": [1]},
        {"warnings": ["<script>:1"]},
        {"warnings": ["needs_ocr:1\n"]},
        {"warnings": ["needs_ocr"]},
        {"warnings": ["needs_ocr:1"] * 100},
    ],
)
def test_an_end_that_is_not_as_it_should_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FileCorrupt):
        built(PAGE, {**END, **change})


def test_nothing_may_follow_the_end() -> None:
    with pytest.raises(FileCorrupt):
        built(PAGE, END, {**PAGE, "page": 2})


def test_an_answer_without_end_is_worth_another_try() -> None:
    with pytest.raises(ReaderUnavailable) as caught:
        built(PAGE)
    assert not caught.value.permanent


def test_the_limits_are_counted_again_on_this_side() -> None:
    pages = [{**PAGE, "page": number} for number in (1, 2, 3)]
    end = {**END, "end": 3}
    for limits, kind in (
        (Limits(max_pages=2), TooManyPages),
        (Limits(max_characters=20), TooMuchText),
        (Limits(max_spans=2), TooMuchText),
    ):
        with pytest.raises(kind):
            built(*pages, end, limits=limits)


def test_an_error_is_one_of_ours_with_a_harmless_detail() -> None:
    with pytest.raises(PasswordProtected) as caught:
        built({"error": "password_protected", "detail": "a\u202eb\nc" + "x" * 1000})
    assert caught.value.detail.startswith("ab c")
    assert len(caught.value.detail) == 200
    for foreign in (
        {"error": "rm -rf", "detail": ""},
        {"error": "file_corrupt"},
        {"error": ["file_corrupt"], "detail": ""},
    ):
        with pytest.raises(FileCorrupt):
            built(foreign)


def test_a_right_answer_is_believed_and_its_title_cleaned() -> None:
    reading = built(PAGE, {**END, "title": "Ti\u200btre\n"})
    page = Page(1, "Bonjour", 595.0, 842.0, (Span(0, 7, 72.0, 130.5, 120.25, 142),))
    assert reading == Reading(MIME, (page,), "Titre", ("needs_ocr:1",))


def png_of(width: int, height: int) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
        + struct.pack(">II", width, height)
        + b"\x08\x02\x00\x00\x00"
        + b"crc!" * 3
    )


def test_a_picture_is_a_png_of_the_width_asked_for() -> None:
    assert checked_png(png_of(100, 50), width=100, max_pixels=10_000) == png_of(100, 50)
    for answer in (png_of(101, 50), png_of(100, 101), png_of(100, 50)[:20], b"\x89PNG\r\n\x1a\n", b"<svg/>", b"{}"):
        with pytest.raises(FileCorrupt):
            checked_png(answer, width=100, max_pixels=10_000)
    with pytest.raises(ReaderUnavailable):
        checked_png(b"", width=100, max_pixels=10_000)
    with pytest.raises(ReadLimit):
        checked_png(b'{"error":"read_limit","detail":""}\n', width=100, max_pixels=10_000)
