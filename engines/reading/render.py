"""A page of a PDF as a PNG. Runs inside the limited child; call it through `engines.reading.sandbox.render`."""

import io
import math
from contextlib import closing
from pathlib import Path
from typing import Final

import pypdfium2 as pdfium

from engines.reading import Limits
from engines.reading.errors import FileCorrupt, PageMissing, PageTooLarge
from engines.reading.pdf import open_pdf

WIDEST: Final = 2_000  # pixels
_JUST_UNDER: Final = 0.001  # pypdfium2 rounds the scaled width up; this keeps float noise from adding a column


def png(path: Path, *, page: int, width: int, limits: Limits) -> bytes:
    """The page (from 1), `width` pixels wide, forms and annotations drawn.

    Raises PageMissing, PageTooLarge, FileCorrupt, PasswordProtected.
    """
    if not 1 <= width <= WIDEST:
        raise PageTooLarge(f"a width of {width} pixels; from 1 to {WIDEST}")
    with closing(open_pdf(path)) as document:
        if not 1 <= page <= len(document):
            raise PageMissing(f"page {page} of {len(document)}")
        document.init_forms()
        try:
            opened = document[page - 1]
        except pdfium.PdfiumError as error:
            raise FileCorrupt(str(error)) from error
        with closing(opened):
            return _drawn(opened, width, limits)


def _drawn(page: pdfium.PdfPage, width: int, limits: Limits) -> bytes:
    points_wide, points_high = page.get_size()
    if points_wide <= 0 or points_high <= 0:
        raise FileCorrupt("a page without size")
    scale = (width - _JUST_UNDER) / points_wide
    if width * math.ceil(points_high * scale) > limits.max_pixels:
        raise PageTooLarge(f"{points_wide:.0f} x {points_high:.0f} points at {width} pixels wide")
    with closing(page.render(scale=scale, rev_byteorder=True)) as bitmap:
        buffer = io.BytesIO()
        bitmap.to_pil().save(buffer, "PNG", compress_level=4)
        return buffer.getvalue()
