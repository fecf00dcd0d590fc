"""A page as a PNG. Runs inside the limited child; call it through `engines.reading.sandbox.render` or `render_at`."""

import io
import math
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pypdfium2 as pdfium

from engines.reading import Drawing, Limits, Source
from engines.reading.errors import FileCorrupt, PageMissing, PageTooLarge
from engines.reading.pdf import open_pdf
from engines.reading.sniff import HEAD_BYTES, is_pdf, is_picture
from engines.reading.sources import head

if TYPE_CHECKING:
    from PIL import Image

WIDEST: Final = 2_000  # pixels
DENSITIES: Final = (36, 600)
POINTS_PER_INCH: Final = 72
_JUST_UNDER: Final = 0.001  # pypdfium2 rounds the scaled width up; this keeps float noise from adding a column


def png(source: Source, drawing: Drawing, limits: Limits) -> bytes:
    """The page as a PNG, forms and annotations drawn, a photograph upright; of a message, a page of an attachment.

    Raises PageMissing, PageTooLarge, FileCorrupt, PasswordProtected.
    """
    _check(drawing)
    if drawing.picture:
        from engines.reading.office import member
        from engines.reading.pictures import drawn

        content = member(source, drawing.picture, limits)
        return _encoded(drawn(content, replace(drawing, page=1, picture=""), limits), drawing)
    first = head(source, HEAD_BYTES)
    if is_picture(first):
        from engines.reading.pictures import drawn

        return _encoded(drawn(source, drawing, limits), drawing)
    if not is_pdf(first):
        from engines.reading.mail import attached_page

        content, number = attached_page(source, drawing.page, limits)
        return png(content, replace(drawing, page=number), limits)
    return _encoded(_from_pdf(source, drawing, limits), drawing)


def _check(drawing: Drawing) -> None:
    if drawing.width and not 1 <= drawing.width <= WIDEST:
        raise PageTooLarge(f"a width of {drawing.width} pixels; from 1 to {WIDEST}")
    if not drawing.width and not DENSITIES[0] <= drawing.dpi <= DENSITIES[1]:
        raise PageTooLarge(f"{drawing.dpi} dots per inch; from {DENSITIES[0]} to {DENSITIES[1]}")


def _from_pdf(source: Source, drawing: Drawing, limits: Limits) -> "Image.Image":
    with closing(open_pdf(source)) as document:
        if not 1 <= drawing.page <= len(document):
            raise PageMissing(f"page {drawing.page} of {len(document)}")
        document.init_forms()
        try:
            opened = document[drawing.page - 1]
        except pdfium.PdfiumError as error:
            raise FileCorrupt(str(error)) from error
        with closing(opened):
            scale = _scale(opened, drawing, limits)
            with closing(opened.render(scale=scale, rev_byteorder=True, grayscale=drawing.grey)) as bitmap:
                return bitmap.to_pil().copy()


def _scale(page: pdfium.PdfPage, drawing: Drawing, limits: Limits) -> float:
    """Pixels per point."""
    points_wide, points_high = page.get_size()
    if points_wide <= 0 or points_high <= 0:
        raise FileCorrupt("a page without size")
    if drawing.width:
        scale = (drawing.width - _JUST_UNDER) / points_wide
        if drawing.width * math.ceil(points_high * scale) > limits.max_pixels:
            raise PageTooLarge(f"{points_wide:.0f} x {points_high:.0f} points at {drawing.width} pixels wide")
        return scale
    scale = drawing.dpi / POINTS_PER_INCH
    # Both sides are rounded up, to one pixel at least: leave room for it.
    most = math.sqrt(limits.max_pixels / (points_wide * points_high)) * 0.999
    if min(points_wide, points_high) * min(scale, most) < 1:
        raise PageTooLarge(f"{points_wide:.0f} x {points_high:.0f} points")
    return min(scale, most)


def _encoded(picture: "Image.Image", drawing: Drawing) -> bytes:
    buffer = io.BytesIO()
    # What a machine reads at once is not worth compressing well.
    picture.save(buffer, "PNG", compress_level=4 if drawing.width else 1)
    return buffer.getvalue()
