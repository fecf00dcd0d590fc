"""What the child sent, checked: it read a stranger's document, so it may say anything.

One JSON line per page, then one that ends (`{"end": pages, …}`), or one that refuses (`{"error": code, …}`).
"""

import json
import math
import re
import struct
from typing import Any, Final, Never

from engines.reading import Limits, Page, Picture, Reading, Span
from engines.reading.errors import BY_CODE, FileCorrupt, ReaderUnavailable, ReadLimit, TooManyPages, TooMuchText
from engines.reading.hygiene import clean_title, shows_everything
from engines.reading.invoices import Invoice, invoice_from
from engines.reading.placing import MOST_PICTURES
from engines.reading.sniff import HEAD_BYTES, is_picture, picture_mime

_WARNING: Final = re.compile(r"[a-z_]{1,40}(:[0-9]{1,9}){1,2}")
_MEMBER: Final = re.compile(r"[\w.()-][\w .()/-]{0,199}")
_WARNINGS_PER_PAGE: Final = 6
_NUMBERS_PER_SPAN: Final = 6
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER_BYTES: Final = 33
_LONGEST_DETAIL: Final = 200


class _Malformed(FileCorrupt):
    """The answer is not one our reader writes: the document got hold of it."""


class ReadingBuilder:
    """Builds a Reading from the child's lines, refusing the first that is not as it should be."""

    def __init__(self, mime: str, limits: Limits) -> None:
        self._mime = mime
        self._limits = limits
        self._pages: list[Page] = []
        self._characters = 0
        self._spans = 0
        self._reading: Reading | None = None

    def add(self, line: bytes) -> None:
        """Take one line. Raises the error it reports, or FileCorrupt, ReadLimit, TooManyPages, TooMuchText."""
        record = _record(line)
        if "error" in record:
            raise_reported(record)
        if self._reading is not None:
            raise _Malformed("more after the end")
        if "end" in record:
            self._reading = self._ended(record)
        else:
            self._add_page(_page(record, len(self._pages) + 1))

    def reading(self) -> Reading:
        """The whole. Raises ReaderUnavailable when the child ended without a word."""
        if self._reading is None:
            raise ReaderUnavailable("the reader stopped before the end")
        return self._reading

    def _add_page(self, page: Page) -> None:
        self._characters += len(page.text)
        self._spans += len(page.spans)
        if page.number > self._limits.max_pages:
            raise TooManyPages(f"more than {self._limits.max_pages} pages")
        if self._characters > self._limits.max_characters or self._spans > self._limits.max_spans:
            raise TooMuchText("more text than allowed")
        self._pages.append(page)

    def _ended(self, record: dict[str, Any]) -> Reading:
        match record:
            case {
                "end": int(count),
                "mime": self._mime,
                "title": str(title),
                "warnings": list(warnings),
                "invoice": invoice,
            }:
                if count != len(self._pages) or len(warnings) > _WARNINGS_PER_PAGE * (count + 1):
                    raise _Malformed("the end does not fit what came before")
                checked = tuple(_warning(warning) for warning in warnings)
                return Reading(self._mime, tuple(self._pages), clean_title(title), checked, _invoice(invoice))
            case _:
                raise _Malformed("not an end")


def checked_png(answer: bytes, *, width: int, max_pixels: int) -> bytes:
    """The PNG the child drew, of this width (0 for any) and within `max_pixels`.

    Raises what it reports instead, FileCorrupt.
    """
    if not answer.startswith(_PNG_START):
        if not answer:
            raise ReaderUnavailable("the reader stopped before the end")
        raise_reported(_record(answer))
    if len(answer) < _PNG_HEADER_BYTES or answer[12:16] != b"IHDR":
        raise _Malformed("not a PNG")
    drawn_width, drawn_height = struct.unpack(">II", answer[16:24])
    if drawn_width != (width or drawn_width) or drawn_width * drawn_height > max_pixels:
        raise _Malformed(f"a picture of {drawn_width} x {drawn_height}")
    return answer


def checked_picture(answer: bytes, *, mime: str) -> bytes:
    """The picture file of this kind that the child sent. Raises what it reports instead, FileCorrupt."""
    if not answer:
        raise ReaderUnavailable("the reader stopped before the end")
    if not is_picture(answer[:HEAD_BYTES]):
        raise_reported(_record(answer))
    if picture_mime(answer[:HEAD_BYTES]) != mime:
        raise _Malformed("another kind of picture")
    return answer


def raise_reported(record: dict[str, Any]) -> Never:
    """Raise the error the child reports, or FileCorrupt when it makes none of ours."""
    match record:
        case {"error": str(code), "detail": str(detail)} if code in BY_CODE:
            raise BY_CODE[code](clean_title(detail, longest=_LONGEST_DETAIL))
        case _:
            raise _Malformed("not an error of ours")


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _Malformed("not JSON") from error
    except MemoryError as error:
        raise ReadLimit("an answer too large to hold") from error
    if not isinstance(record, dict):
        raise _Malformed("not an object")
    return record


def _no_constant(name: str) -> Never:
    raise ValueError(name)


def _warning(warning: object) -> str:
    if isinstance(warning, str) and _WARNING.fullmatch(warning):
        return warning
    raise _Malformed("not a warning of ours")


def _invoice(invoice: object) -> Invoice | None:
    try:
        return None if invoice is None else invoice_from(invoice)
    except ValueError as error:
        raise _Malformed(str(error)) from error


def _page(record: dict[str, Any], number: int) -> Page:
    match record:
        case {
            "page": int(said),
            "text": str(text),
            "width": int() | float(),
            "height": int() | float(),
            "spans": list(flat),
            "needs_ocr": bool(needs_ocr),
            "pictures": list(pictures),
        }:
            width, height = float(record["width"]), float(record["height"])
        case _:
            raise _Malformed("not a page")
    if said != number or not shows_everything(text) or not all(0 <= side < math.inf for side in (width, height)):
        raise _Malformed(f"page {number} is not as it should be")
    return Page(number, text, width, height, _spans(flat, len(text)), needs_ocr, _pictures(pictures, text))


def _pictures(listed: list[Any], text: str) -> tuple[Picture, ...]:
    """Pictures in order, each at the end of a line."""
    if len(listed) > MOST_PICTURES:
        raise _Malformed("too many pictures")
    pictures = []
    before = 0
    for each in listed:
        match each:
            case [int(at), str(name)] if before <= at <= len(text) and _MEMBER.fullmatch(name):
                pictures.append(Picture(at, name))
            case _:
                raise _Malformed("not a picture")
        if text[at : at + 1] not in {"", "\n"}:
            raise _Malformed("a picture inside a line")
        before = at
    return tuple(pictures)


def _spans(flat: list[Any], length: int) -> tuple[Span, ...]:
    """Spans in order, inside the text, with finite boxes that are not inside out."""
    if len(flat) % _NUMBERS_PER_SPAN or not set(map(type, flat)) <= {int, float}:
        raise _Malformed("not spans")
    spans = (
        tuple(map(Span, *(iter(flat[first::_NUMBERS_PER_SPAN]) for first in range(_NUMBERS_PER_SPAN)))) if flat else ()
    )
    before = 0
    for span in spans:
        start, end = span.start, span.end
        if type(start) is not int or type(end) is not int or not before <= start < end <= length:
            raise _Malformed("a span outside its text")
        if not (-math.inf < span.x0 <= span.x1 < math.inf and -math.inf < span.y0 <= span.y1 < math.inf):
            raise _Malformed("a box inside out")
        before = end
    return spans
