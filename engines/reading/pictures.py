"""Picture files: PNG, JPEG, TIFF, WebP (Pillow, MIT-CMU). Each frame is a page that says nothing before OCR.

A picture's density is a rumour, so that its page is as wide on its short side as an A4 sheet, whatever the file says.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from PIL import Image, ImageOps

from engines.reading import Drawing, Limits, Page, Reading, Source
from engines.reading.errors import FileCorrupt, PageMissing, PageTooLarge, TooManyPages
from engines.reading.sniff import HEAD_BYTES, picture_mime
from engines.reading.sources import head, opened

SHORT_SIDE: Final = 595.0  # points
_POINTS_PER_INCH: Final = 72
# Nothing else that Pillow can open is tried; in others a second frame is a thumbnail or an animation.
_FORMATS: Final = ("PNG", "JPEG", "TIFF", "WEBP")
_WITH_PAGES: Final = frozenset({"TIFF", "WEBP"})
_LEAST_SIDE, _LEAST_PIXELS = 40, 20_000  # a signature or a stamp; below are icons, bullets and rules
_SIXTEEN_BITS: Final = 1 / 256


class PictureReader:
    """Every frame is decoded once: what cannot be seen is refused here, not when it is read."""

    def read(self, source: Source, limits: Limits) -> Reading:
        """Raises FileCorrupt, FileUnreadable, PageTooLarge, TooManyPages."""
        with _opened(source, limits) as picture:
            count = _frames(picture)
            if count > limits.max_pages:
                raise TooManyPages(f"{count} pictures, at most {limits.max_pages}")
            pages = tuple(_page(picture, number, limits) for number in range(1, count + 1))
        return Reading(
            picture_mime(head(source, HEAD_BYTES)), pages, "", tuple(f"needs_ocr:{page.number}" for page in pages)
        )


def drawn(source: Source, drawing: Drawing, limits: Limits) -> Image.Image:
    """A frame upright, its colours RGB or grey, transparency on white. Raises as `PictureReader.read`, PageMissing."""
    with _opened(source, limits) as picture:
        if not 1 <= drawing.page <= _frames(picture):
            raise PageMissing(f"page {drawing.page} of {_frames(picture)}")
        upright = _upright(picture, drawing.page, limits)
        with closing(_flat(upright, "L" if drawing.grey else "RGB")) as flat:
            size = _size(flat.size, drawing, limits)
            return flat.copy() if size == flat.size else flat.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def is_legible(content: bytes, limits: Limits) -> bool:
    """Whether a picture inside another file is one that we read, and large enough to say something."""
    try:
        with _opened(content, limits) as picture:
            width, height = picture.size
    except (FileCorrupt, PageTooLarge):
        return False
    return min(width, height) >= _LEAST_SIDE and width * height >= _LEAST_PIXELS


@contextmanager
def _opened(source: Source, limits: Limits) -> Iterator[Image.Image]:
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    try:
        with opened(source) as file, Image.open(file, formats=_FORMATS) as picture:
            _check_size(picture, limits)
            yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PageTooLarge("more pixels than allowed") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow says of a broken file
        raise FileCorrupt(type(error).__name__) from error


def _check_size(picture: Image.Image, limits: Limits) -> None:
    width, height = picture.size
    if width * height > limits.max_pixels:
        raise PageTooLarge(f"{width} x {height} pixels, at most {limits.max_pixels}")


def _frames(picture: Image.Image) -> int:
    return int(getattr(picture, "n_frames", 1)) if picture.format in _WITH_PAGES else 1


def _page(picture: Image.Image, number: int, limits: Limits) -> Page:
    width, height = _upright(picture, number, limits).size
    points = SHORT_SIDE / min(width, height)
    return Page(number, "", round(width * points, 2), round(height * points, 2), (), needs_ocr=True)


def _upright(picture: Image.Image, number: int, limits: Limits) -> Image.Image:
    if number > 1:
        picture.seek(number - 1)
    _check_size(picture, limits)
    picture.load()
    return ImageOps.exif_transpose(picture)


def _flat(picture: Image.Image, mode: str) -> Image.Image:
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(white, seen).convert(mode)
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value * _SIXTEEN_BITS).convert("L").convert(mode)
    return picture.convert(mode)


def _size(size: tuple[int, int], drawing: Drawing, limits: Limits) -> tuple[int, int]:
    width, height = size
    if drawing.width:
        high = max(1, round(height * drawing.width / width))
        if drawing.width * high > limits.max_pixels:
            raise PageTooLarge(f"{width} x {height} pixels at {drawing.width} wide")
        return drawing.width, high
    smaller = SHORT_SIDE * drawing.dpi / _POINTS_PER_INCH / min(size)
    return size if smaller >= 1 else (max(1, round(width * smaller)), max(1, round(height * smaller)))
