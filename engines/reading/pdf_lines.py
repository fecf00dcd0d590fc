"""Lines of a PDF page and where they stand, straight from PDFium's raw text API.

Pypdfium2's helpers cost a Python call and four allocations per box. Here a page is one `FPDFText_GetText`, and a line
one `FPDFText_CountRects`, which selects the line's rectangles (one per text object), whose union is its box.
"""

import ctypes
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, Self

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

Box = tuple[float, float, float, float]

CUT_WORD: Final = "\ufffe"  # what PDFium puts for a hyphen it takes for the cut of a word at the end of a line
_CUT_WORD_CODE: Final = 0x02  # the same in FPDFText_GetUnicode
_LAST_UNIT: Final = 0xFFFF
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_WORD: Final = re.compile(r"\S+")
_LINE: Final = re.compile(f"([^\r\n{CUT_WORD}]*)(\r\n|[\r\n{CUT_WORD}]|\\Z)")


class Line(NamedTuple):
    """A line as PDFium breaks them; `box` is left, bottom, right, top in user space, None where no glyph has a size."""

    text: str
    box: Box | None
    cut: bool  # its last word goes on in the next line
    beside: bool  # some or all of it was off the visible page, and was dropped
    unseen: bool = False  # some or all of it could not be seen, and was dropped


class View(NamedTuple):
    """From PDF user space (origin at the bottom left, before rotation) to the page as displayed (top left)."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> Self:
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, page.get_rotation())

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as displayed, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation % 180 else (width, height)

    def contains(self, box: Box) -> bool:
        """Whether a box in user space lies wholly inside the visible page."""
        left, bottom, right, top = box
        return self.left <= left and right <= self.right and self.bottom <= bottom and top <= self.top

    def touches(self, box: Box) -> bool:
        """Whether some of a box in user space is on the visible page."""
        left, bottom, right, top = box
        return left < self.right and self.left < right and bottom < self.top and self.bottom < top

    def displayed(self, box: Box) -> Box:
        """The box as x0, y0, x1, y1 on the displayed page; `rotation` is clockwise."""
        left, bottom, right, top = box
        match self.rotation:
            case 90:
                return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
            case 180:
                return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
            case 270:
                return self.top - top, self.right - right, self.top - bottom, self.right - left
            case _:
                return left - self.left, self.top - top, right - self.left, self.top - bottom


Hides = Callable[[int, Box], bool]


def lines(textpage: pdfium.PdfTextPage, count: int, view: View, hides: Hides | None = None) -> Iterator[Line]:
    """The page's lines in the order of its content stream; `count` is `textpage.count_chars()`.

    `hides` says of the index of a word's first character and its box whether nobody can see it.
    """
    boxes = _Boxes(textpage)
    units = _units(textpage, count)
    is_paired = _SURROGATE.search(units) is not None
    for match in _LINE.finditer(units):
        text, cut, beside = match[1], match[2] == CUT_WORD, False
        unseen = False
        box = boxes.union(match.start(), len(text)) if text.strip() else None
        if box and not view.contains(box):
            text, box = boxes.seen(match.start(), text, view)
            beside = True
        elif box and hides is not None:
            text, box, unseen = _seen(boxes, match.start(), text, box, hides)
        if is_paired:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        yield Line(text.strip(), box, cut, beside, unseen)


def _seen(boxes: "_Boxes", start: int, text: str, box: Box, hides: Hides) -> tuple[str, Box | None, bool]:
    """The words of a line that can be seen, their box, and whether some could not. Spaces never have ink."""
    kept: list[str] = []
    found: list[Box] = []
    words = list(_WORD.finditer(text))
    for word in words:
        at = boxes.union(start + word.start(), len(word[0]))
        if at is None or not hides(start + word.start(), at):
            kept.append(word[0])
            found += [at] if at else []
    if len(kept) == len(words):
        return text, box, False
    return " ".join(kept), _united(found) if found else None, True


def _units(textpage: pdfium.PdfTextPage, count: int) -> str:
    """The page's UTF-16 units, exactly one per PDFium index, so that offsets and boxes go together.

    GetText leaves out what has no code; where it did, ask one by one.
    """
    buffer = (ctypes.c_ushort * (2 * count + 2))()
    written = pdfium_c.FPDFText_GetText(textpage.raw, 0, count, buffer) - 1
    if written != count:
        return "".join(_unit(textpage, index) for index in range(count))
    text = bytes(buffer)[: 2 * count].decode("utf-16-le", "replace")
    return text if len(text) == count else "".join(map(chr, buffer[:count]))  # the second where pairs were joined


def _unit(textpage: pdfium.PdfTextPage, index: int) -> str:
    code: int = pdfium_c.FPDFText_GetUnicode(textpage.raw, index)
    if code == _CUT_WORD_CODE and pdfium_c.FPDFText_IsHyphen(textpage.raw, index) == 1:
        return CUT_WORD
    return chr(code) if code <= _LAST_UNIT else "\0"


class _Boxes:
    """Unions of the rectangles of a range of characters, into doubles that are allocated once."""

    def __init__(self, textpage: pdfium.PdfTextPage) -> None:
        self._raw = textpage.raw
        self._doubles = tuple(ctypes.c_double() for _ in range(4))
        self._pointers = tuple(ctypes.byref(double) for double in self._doubles)

    def union(self, start: int, length: int) -> Box | None:
        found = [self._rectangle(n) for n in range(pdfium_c.FPDFText_CountRects(self._raw, start, length))]
        return _united(found) if found else None

    def seen(self, start: int, text: str, view: View) -> tuple[str, Box | None]:
        """The characters of a line that are on the visible page, and their box. Those without a size go with them."""
        kept: list[str] = []
        found: list[Box] = []
        for offset, character in enumerate(text):
            box = self.union(start + offset, 1)
            if box is None:
                kept.append(character)
            elif view.touches(box):
                kept.append(character)
                found.append(box)
        return ("".join(kept), _united(found)) if found else ("", None)

    def _rectangle(self, index: int) -> Box:
        left, top, right, bottom = self._doubles
        pdfium_c.FPDFText_GetRect(self._raw, index, *self._pointers)
        return left.value, bottom.value, right.value, top.value


def _united(boxes: list[Box]) -> Box:
    if len(boxes) == 1:
        return boxes[0]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)
