"""Text of a PDF page that nobody can see: drawn in no colour, in that of the paper, in nothing, or too small.

Few pages hold a text object that could be hidden, and asking is one pass over the page's objects. Only then is the page
drawn, small and grey, and each such word looked for: text where there is no contrast cannot be seen, whatever made
it so. The invisible layer of a searchable scan stands on its picture's ink, so that it stays.
"""

import ctypes
from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from engines.reading.pdf_lines import Box, View

if TYPE_CHECKING:
    from PIL import Image

_MOST_OBJECTS: Final = 50_000
_DEEPEST_FORM: Final = 4
_INVISIBLE: Final = frozenset({pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP})
_FILLED_ONLY: Final = pdfium_c.FPDF_TEXTRENDERMODE_FILL
_PALE: Final = 225  # each of red, green, blue at least
_FAINT: Final = 26  # of 255: alpha
_TINY: Final = 1.5  # points
_SCALE: Final = 2.0  # pixels per point
_MOST_PIXELS: Final = 4_000_000
_CONTRAST: Final = 24  # of 255
_AROUND: Final = 1  # pixels, for what the antialiasing spreads


class Unseen:
    """Asked per word of a text page. `suspects` is False for nearly every page, and nothing is drawn."""

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, view: View) -> None:
        self._page = page
        self._textpage = textpage
        self._view = view
        self._objects = set(_suspects(page))
        self.suspects = bool(self._objects)

    def hides(self, index: int, box: Box) -> bool:
        """Whether the word that begins at this character, whose box is in user space, cannot be seen."""
        found = pdfium_c.FPDFText_GetTextObject(self._textpage.raw, index)
        if not found or _address(found) not in self._objects:
            return False
        return box[3] - box[1] < _TINY or not self._has_contrast(box)

    def _has_contrast(self, box: Box) -> bool:
        picture, scale = self._picture
        x0, y0, x1, y1 = (edge * scale for edge in self._view.displayed(box))
        left, top = max(0, int(x0) - _AROUND), max(0, int(y0) - _AROUND)
        right, bottom = min(picture.width, int(x1) + 1 + _AROUND), min(picture.height, int(y1) + 1 + _AROUND)
        if left >= right or top >= bottom:
            return False
        extremes: Any = picture.crop((left, top, right, bottom)).getextrema()  # of one channel: darkest, lightest
        return bool(extremes[1] - extremes[0] >= _CONTRAST)

    @cached_property
    def _picture(self) -> "tuple[Image.Image, float]":
        """The page drawn in grey, and its pixels per point."""
        width, height = self._page.get_size()
        scale = min(_SCALE, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
        with closing(self._page.render(scale=scale, grayscale=True)) as bitmap:
            return bitmap.to_pil().copy(), scale


def _suspects(page: pdfium.PdfPage) -> Iterator[int]:
    """Addresses of the text objects that may not be seen. A page of more objects than any is only half searched."""
    count = pdfium_c.FPDFPage_CountObjects(page.raw)
    todo = [(pdfium_c.FPDFPage_GetObject(page.raw, index), 0) for index in range(min(count, _MOST_OBJECTS))]
    looked = 0
    while todo and looked < _MOST_OBJECTS:
        item, depth = todo.pop()
        looked += 1
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT and _may_be_unseen(item):
            yield _address(item)
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _DEEPEST_FORM:
            inner = min(pdfium_c.FPDFFormObj_CountObjects(item), _MOST_OBJECTS - len(todo))
            todo += [(pdfium_c.FPDFFormObj_GetObject(item, index), depth + 1) for index in range(max(0, inner))]


def _may_be_unseen(item: Any) -> bool:
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item)
    if mode in _INVISIBLE or _is_tiny(item):
        return True
    return mode == _FILLED_ONLY and _is_pale(item)


def _is_pale(item: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium_c.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return False
    return alpha.value <= _FAINT or min(red.value, green.value, blue.value) >= _PALE


def _is_tiny(item: Any) -> bool:
    size, matrix = ctypes.c_float(), pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFTextObj_GetFontSize(item, size) or not pdfium_c.FPDFPageObj_GetMatrix(item, matrix):
        return False
    return abs(size.value) * max(abs(matrix.c), abs(matrix.d)) < _TINY


def _address(item: Any) -> int:
    return ctypes.cast(item, ctypes.c_void_p).value or 0
