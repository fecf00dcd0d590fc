"""Pages drawn and spoilt as scanners and telephones do, each with the text that stands on it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import reportlab
from PIL import Image, ImageDraw, ImageFont

DPI = 200
WIDTH, HEIGHT = 1654, 2339  # A4
MARGIN = 150
_VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
_FAMILIES = {
    "serif": ("LiberationSerif-Regular.ttf", "DejaVuSerif.ttf"),
    "sans": ("LiberationSans-Regular.ttf", "DejaVuSans.ttf"),
    "wide": ("DejaVuSans.ttf", "LiberationSans-Regular.ttf"),
    "mono": ("LiberationMono-Regular.ttf", "DejaVuSansMono.ttf"),
}

Row = tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """What stands on a page: paragraphs (str) and rows of tables (tuples of cells, columns at `columns` pixels)."""

    name: str
    language: str
    blocks: tuple[str | Row, ...]
    family: str = "sans"
    points: float = 10.5
    columns: tuple[int, ...] = (MARGIN, 850, 1080, 1290)

    @property
    def truth(self) -> str:
        return "\n".join(block if isinstance(block, str) else " ".join(block) for block in self.blocks)

    @property
    def has_table(self) -> bool:
        return any(not isinstance(block, str) for block in self.blocks)


def font(family: str, points: float) -> ImageFont.FreeTypeFont:
    size = round(points * DPI / 72)
    for name in _FAMILIES[family]:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.truetype(str(_VERA), size)


def draw(sheet: Sheet) -> np.ndarray:
    """The page as a clean grey picture."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    pen, face = ImageDraw.Draw(image), font(sheet.family, sheet.points)
    step, y = round(sheet.points * DPI / 72 * 1.45), 170
    for block in sheet.blocks:
        if isinstance(block, str):
            characters = int((WIDTH - 2 * MARGIN) / face.getlength("abcdefghij éuns") * 15)
            for line in textwrap.wrap(block, characters):
                pen.text((MARGIN, y), line, font=face, fill=20)
                y += step
            y += step // 2
        else:
            for x, cell in zip(sheet.columns, block, strict=False):
                pen.text((x, y), cell, font=face, fill=20)
            y += step
            pen.line((MARGIN - 10, y - 6, WIDTH - MARGIN, y - 6), fill=120, width=2)
            y += 6
    assert y < HEIGHT - 60, f"{sheet.name} is too long: {y}"
    return np.asarray(image)


def turned(page: np.ndarray, degrees: float) -> np.ndarray:
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)


def clean(page: np.ndarray) -> np.ndarray:
    return page


def rotated_2(page: np.ndarray) -> np.ndarray:
    return turned(page, 2.0)


def rotated_minus_3(page: np.ndarray) -> np.ndarray:
    return turned(page, -3.0)


def quarter_left(page: np.ndarray) -> np.ndarray:
    return np.rot90(page, 1).copy()


def quarter_right(page: np.ndarray) -> np.ndarray:
    return np.rot90(page, -1).copy()


def upside_down(page: np.ndarray) -> np.ndarray:
    return np.rot90(page, 2).copy()


def sheared(page: np.ndarray) -> np.ndarray:
    """As a sheet pulled askew through a feeder."""
    matrix = np.array([[1, 0.02, -20], [0.012, 1, -8]], dtype=np.float32)
    height, width = page.shape
    return cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)


def noisy(page: np.ndarray) -> np.ndarray:
    """Grain of the sensor and specks of dust."""
    chance = np.random.default_rng(3)
    grain = page.astype(np.float32) + chance.normal(0, 28, page.shape)
    dust = chance.random(page.shape)
    grain[dust < 0.004] = 0
    grain[dust > 0.996] = 255
    return np.clip(grain, 0, 255).astype(np.uint8)


def low_resolution(page: np.ndarray) -> np.ndarray:
    """100 dots per inch."""
    return cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def faint(page: np.ndarray) -> np.ndarray:
    """A pale copy on greyish paper."""
    return (150 + page.astype(np.float32) / 255 * 75).astype(np.uint8)


def photographed(page: np.ndarray) -> np.ndarray:
    """A sheet on a dark table: seen at an angle, lit from one side, slightly blurred, JPEG."""
    height, width = page.shape
    frame = (width + 340, height + 300)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    edges = [[205, 120], [width + 130, 160], [width + 225, height + 170], [110, height + 120]]
    seen = np.array(edges, dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    paper = np.clip(page.astype(np.float32) * 0.9, 0, 255).astype(np.uint8)
    table = cv2.warpPerspective(paper, matrix, frame, flags=cv2.INTER_AREA, borderValue=45)
    across, down = np.meshgrid(np.linspace(0, 1, frame[0]), np.linspace(0, 1, frame[1]))
    lit = table * (1.05 - 0.42 * across - 0.12 * down)
    blurred = cv2.GaussianBlur(np.clip(lit, 0, 255).astype(np.uint8), (0, 0), 1.0)
    grain = blurred + np.random.default_rng(5).normal(0, 4, blurred.shape)
    return np.clip(grain, 0, 255).astype(np.uint8)


SPOILT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    each.__name__: each
    for each in (
        clean, rotated_2, rotated_minus_3, quarter_left, quarter_right, upside_down, sheared, noisy, low_resolution,
        faint, photographed,
    )
}  # fmt: skip


def encoded(page: np.ndarray, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(page).save(buffer, form)
    return buffer.getvalue()
