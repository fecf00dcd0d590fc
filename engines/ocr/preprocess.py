"""A picture of a page made easier to read, and the way back from its pixels to those of the given picture.

Every step that moves pixels is a 3 x 3 homography; their product is kept, so that a word found on the straightened
page can be drawn on the page as it was given. Grey values are evened by dividing by the background (a large median),
the skew is the angle whose rows have the sharpest projection profile (Postl, 1986), a photographed sheet is the
quadrilateral that fills most of the picture, taken only when it is surely one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from engines.ocr import Box
from engines.ocr.pictures import Grey

Matrix = npt.NDArray[np.float64]

NARROW: Final = 1_200  # pixels; small print is unreadable below
WIDE: Final = 3_500  # pixels of the longest side; more costs time and brings nothing
_PALEST_INK: Final = 200  # on evened paper
_STEEPEST: Final = 6.0  # degrees; a sheet is rarely fed more askew
_LEAST_SKEW: Final = 0.15
_EDGE: Final = 0.04  # of the shorter side: shadows of a scanner's lid are straighter than text
_SMALL: Final = 700  # pixels of the longest side of the copies on which shapes are looked for
_NOISE: Final = 9.0  # standard deviation of grain above which a median helps
_BLUR: Final = 1.1  # pixels
_SHEET_SHARE: Final = 0.45  # of the picture that a photographed sheet fills at least
_SHEET_ALL: Final = 0.97  # above, the sheet is the picture
_CORNERS: Final = 4
_DARKER: Final = 40  # grey values between a sheet and the table around it


@dataclass(frozen=True, slots=True)
class Prepared:
    """`pixels` to read; `back` maps their (x, y, 1) to the given picture. `skew`: degrees turned clockwise.

    `on_its_side`: the lines of text run up and down.
    """

    pixels: Grey
    back: Matrix
    skew: float = 0.0
    on_its_side: bool = False

    @property
    def is_blank(self) -> bool:
        return int(self.pixels.min()) > _PALEST_INK

    def original(self, box: Box) -> Box:
        """The upright box, on the given picture, around a box of `pixels`."""
        sides = [[box.x0, box.y0], [box.x1, box.y0], [box.x1, box.y1], [box.x0, box.y1]]
        corners = np.array([sides], dtype=np.float64)
        moved: Any = cv2.perspectiveTransform(corners, self.back)[0]
        (x0, y0), (x1, y1) = moved.min(axis=0), moved.max(axis=0)
        return Box(float(x0), float(y0), float(x1), float(y1))


def prepare(page: Grey) -> Prepared:
    """Straighten, even and enlarge a page that may lie on its side; `quarter_turned` brings it upright."""
    pixels, back = _sheet(page)
    pixels, back = _scaled(pixels, back)
    pixels = _evened(_quietened(pixels))
    skew, on_its_side = _skew(pixels)
    if skew:
        pixels, back = _deskewed(pixels, back, skew)
    return Prepared(np.ascontiguousarray(pixels), back, skew, on_its_side)


def quarter_turned(page: Prepared, quarters: int) -> Prepared:
    """The page turned clockwise by so many quarters of a turn."""
    height, width = page.pixels.shape
    # Where a pixel of the turned page was before the turn.
    before: dict[int, list[list[float]]] = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        1: [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
        2: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        3: [[0, -1, width], [1, 0, 0], [0, 0, 1]],
    }
    turn = np.array(before[quarters % 4], dtype=np.float64)
    pixels = np.ascontiguousarray(np.rot90(page.pixels, -quarters))
    return Prepared(pixels, page.back @ turn, page.skew)


def _sheet(page: Grey) -> tuple[Grey, Matrix]:
    """The photographed sheet alone, seen from above; the picture itself when no sheet is surely there."""
    corners = _corners(page)
    if corners is None:
        return page, np.eye(3)
    top, right, bottom, left = (float(np.linalg.norm(corners[i] - corners[(i + 1) % 4])) for i in range(4))
    width, height = round(max(top, bottom)), round(max(right, left))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    forth: Any = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
    straight: Any = cv2.warpPerspective(page, forth, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255,))
    back: Matrix = np.linalg.inv(forth.astype(np.float64))
    return straight, back


def _corners(page: Grey) -> npt.NDArray[np.float64] | None:
    """Top left, top right, bottom right, bottom left of a bright sheet on a darker table."""
    small: Any = cv2.GaussianBlur(_shrunk(page, _SMALL), (0, 0), 2)
    threshold, bright = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8))
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    outline: Any = max(outlines, key=cv2.contourArea)
    hull = cv2.convexHull(outline)
    corners: Any = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, closed=True), closed=True)
    share = cv2.contourArea(corners) / small.size
    if len(corners) != _CORNERS or not _SHEET_SHARE < share < _SHEET_ALL:
        return None
    # A hole in the outline is no sheet, and neither is a bright region of a page that has no darker surroundings.
    if cv2.contourArea(outline) < 0.9 * cv2.contourArea(corners) or not _darker_around(small, corners, threshold):
        return None
    return _in_order(corners.reshape(4, 2) * (page.shape[1] / small.shape[1]))


def _darker_around(small: Grey, corners: Any, threshold: float) -> bool:
    inside = np.zeros(small.shape, np.uint8)
    cv2.fillConvexPoly(inside, corners, 255)
    around, sheet = small[inside == 0], small[inside > 0]
    if not around.size or not sheet.size:
        return False
    return bool(np.median(around) < threshold and np.median(sheet) - np.median(around) > _DARKER)


def _in_order(corners: Any) -> npt.NDArray[np.float64]:
    """Clockwise from the one nearest to the picture's top left."""
    middle = corners.mean(axis=0)
    turn = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    clockwise = corners[np.argsort(turn)]
    return np.roll(clockwise, -int(np.argmin(clockwise.sum(axis=1))), axis=0)


def _scaled(page: Grey, back: Matrix) -> tuple[Grey, Matrix]:
    height, width = page.shape
    factor = 1.0
    if min(width, height) < NARROW:
        factor = min(NARROW / min(width, height), 3.0)
    factor = min(factor, WIDE / max(width, height))
    if factor == 1.0:
        return page, back
    way = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    scaled: Any = cv2.resize(page, _size(page, factor), interpolation=way)
    return scaled, back @ np.diag([width / scaled.shape[1], height / scaled.shape[0], 1.0])


def _quietened(page: Grey) -> Grey:
    """A median for specks, then a slight blur for grain: only where there is enough of it to pay for the sharpness."""
    if _grain(page) < _NOISE:
        return page
    quiet: Any = cv2.GaussianBlur(cv2.medianBlur(page, 3), (0, 0), _BLUR)
    return quiet


def _grain(page: Grey) -> float:
    """The noise's standard deviation, by the median of what a Laplacian sees (after Immerkær, 1996): text is sparse."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
    seen = np.abs(cv2.filter2D(page, cv2.CV_32F, kernel))
    return float(np.median(seen)) / 0.6745 / 6


def _evened(page: Grey) -> Grey:
    """Shadows and yellowed paper become white: each pixel divided by the paper's value around it."""
    small = _shrunk(page, _SMALL)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((7, 7), np.uint8)), 21)
    background = cv2.resize(paper, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    even: Any = cv2.divide(page, np.maximum(background, 1), scale=255)
    return even


def _skew(page: Grey) -> tuple[float, bool]:
    """Degrees to turn clockwise (positive) or back, 0 when too few to matter; whether the page lies on its side.

    Text alternates between ink and paper across its lines only: the sharpest of both profiles says which way they run.
    """
    small = _shrunk(page, 1_000)
    edge = round(_EDGE * min(small.shape))
    high, wide = small.shape
    ink = _ink(np.ascontiguousarray(small[edge : high - edge, edge : wide - edge]))
    standing = _best_angle(ink, 0.0, _STEEPEST, 0.5)
    lying = _best_angle(np.ascontiguousarray(np.rot90(ink)), 0.0, _STEEPEST, 0.5)
    on_its_side = lying.sharpness > standing.sharpness
    rough = lying if on_its_side else standing
    fine = _best_angle(np.ascontiguousarray(np.rot90(ink)) if on_its_side else ink, rough.degrees, 0.4, 0.1)
    return (0.0 if abs(fine.degrees) < _LEAST_SKEW else fine.degrees), on_its_side


class _Angle(NamedTuple):
    sharpness: float
    degrees: float


def _best_angle(ink: npt.NDArray[np.float32], around: float, reach: float, step: float) -> _Angle:
    angles = np.round(np.arange(around - reach, around + reach + step / 2, step), 2)
    return max(_Angle(_sharpness(_turned(ink, float(angle)).sum(axis=1)), float(angle)) for angle in angles)


def _sharpness(profile: Any) -> float:
    return float(np.square(np.diff(profile.astype(np.float64))).sum()) / len(profile)


def _turned(ink: npt.NDArray[np.float32], clockwise: float) -> Any:
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise, 1.0)
    return cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)


def _deskewed(page: Grey, back: Matrix, clockwise: float) -> tuple[Grey, Matrix]:
    """Turned around its middle, on a sheet large enough to lose no corner."""
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    wide, high = round(height * sine + width * cosine), round(height * cosine + width * sine)
    matrix[:, 2] += ((wide - width) / 2, (high - height) / 2)
    pixels: Any = cv2.warpAffine(page, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(255,))
    return pixels, back @ np.linalg.inv(np.vstack([matrix, [0.0, 0.0, 1.0]]))


def _ink(page: Grey) -> npt.NDArray[np.float32]:
    return (255 - page).astype(np.float32)


def _shrunk(page: Grey, longest: int) -> Grey:
    factor = longest / max(page.shape)
    if factor >= 1:
        return page
    small: Any = cv2.resize(page, _size(page, factor), interpolation=cv2.INTER_AREA)
    return small


def _size(page: Grey, factor: float) -> tuple[int, int]:
    """Width and height, as OpenCV wants them, of at least one pixel."""
    height, width = page.shape
    return max(1, round(width * factor)), max(1, round(height * factor))
