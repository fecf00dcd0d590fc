"""A stranger's picture becomes grey pixels, or is refused before it is unpacked."""

from __future__ import annotations

import io
import warnings
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from engines.ocr import MAX_BYTES, MAX_PIXELS, PictureTooLarge, PictureUnreadable

Grey = npt.NDArray[np.uint8]

FORMATS: Final = ("PNG", "JPEG", "TIFF", "WEBP")
_SMALLEST_SIDE: Final = 8
# What Pillow's decoders raise on damaged files.
_DAMAGED: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, Image.DecompressionBombError)


def grey(picture: bytes) -> Grey:
    """Pixels of shape (height, width), 0 black to 255 white, transparency over white.

    Raises PictureUnreadable, PictureTooLarge.
    """
    if len(picture) > MAX_BYTES:
        raise PictureTooLarge(f"{len(picture)} bytes, at most {MAX_BYTES}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large or odd files; ours is the limit that counts
        with _opened(picture) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise PictureTooLarge(f"{width} x {height} pixels, at most {MAX_PIXELS}")
            if min(width, height) < _SMALLEST_SIDE:
                raise PictureUnreadable(f"{width} x {height} pixels is no page")
            return _pixels(image)


def _opened(picture: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(picture), formats=FORMATS)
    except UnidentifiedImageError as unknown:
        raise PictureUnreadable("not a PNG, JPEG, TIFF or WebP picture") from unknown
    except _DAMAGED as damaged:
        raise PictureUnreadable("a damaged picture") from damaged


def _pixels(image: Image.Image) -> Grey:
    try:
        image.load()
    except _DAMAGED as damaged:
        raise PictureUnreadable("a damaged picture") from damaged
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        return _stretched(np.asarray(image, dtype=np.float64))
    if image.has_transparency_data:
        over = Image.new("RGBA", image.size, "white")
        over.alpha_composite(image.convert("RGBA"))
        return np.asarray(over.convert("L"))
    return np.asarray(image.convert("L"))


def _stretched(deep: npt.NDArray[np.float64]) -> Grey:
    """More than 8 bits a pixel: what is darkest becomes black, what is brightest white."""
    finite = np.nan_to_num(deep, posinf=0.0, neginf=0.0)
    stretched: Any = cv2.normalize(finite, np.empty_like(finite), 0, 255, cv2.NORM_MINMAX)
    return stretched.astype(np.uint8)
