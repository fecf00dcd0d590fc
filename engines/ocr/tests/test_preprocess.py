"""Straightening, and the way back to the picture as it was given."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engines.ocr import Box
from engines.ocr.preprocess import prepare, quarter_turned
from engines.ocr.tests import pages
from engines.ocr.tests.pages import draw
from engines.ocr.tests.sheets import INVOICE_FR, LETTER_EN, SHEETS


@pytest.mark.parametrize("shape", [(8, 8), (8, 30_000), (30_000, 8), (300, 300)])
def test_odd_shapes_are_prepared_too(shape):
    assert prepare(np.full(shape, 255, np.uint8)).pixels.size > 0


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
@pytest.mark.parametrize(("spoil", "skew"), [(pages.clean, 0.0), (pages.rotated_2, 2.0), (pages.rotated_minus_3, -3.0)])
def test_the_skew_is_found_to_a_fifth_of_a_degree(sheet, spoil, skew):
    prepared = prepare(spoil(draw(sheet)))
    assert abs(prepared.skew - skew) <= 0.2
    assert not prepared.on_its_side


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_page_on_its_side_is_seen_to_be(sheet):
    assert prepare(pages.quarter_left(draw(sheet))).on_its_side
    assert not prepare(pages.photographed(draw(sheet))).on_its_side


def test_a_photographed_sheet_is_cut_out_and_a_scanned_one_is_left_whole():
    page = draw(INVOICE_FR)
    assert np.array_equal(prepare(page).back, np.eye(3))
    taken = pages.photographed(page)
    seen = prepare(taken)
    assert 0.6 < seen.pixels.size / taken.size < 0.95
    corner = seen.original(Box(0, 0, 1, 1))
    assert abs(corner.x0 - 205) < 25
    assert abs(corner.y0 - 120) < 25


def solid(pixels, size):
    """(x, y) of the middle of what stays black when everything thinner than `size` is taken away."""
    black = cv2.erode((pixels < 110).astype(np.uint8), np.ones((size, size), np.uint8))
    ys, xs = np.nonzero(black[60:-60, 60:-60])
    return xs.mean() + 60, ys.mean() + 60


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("spoil", [pages.rotated_2, pages.sheared, pages.low_resolution, pages.quarter_left])
def test_a_mark_is_found_again_where_it_was(quarters, spoil):
    page = draw(LETTER_EN).copy()
    page[1960:2000, 700:740] = 0
    given = spoil(page)
    turned = quarter_turned(prepare(given), quarters)
    x, y = solid(turned.pixels, 13)
    back = turned.original(Box(x, y, x, y))
    assert np.abs(np.subtract((back.x0, back.y0), solid(given, 13))).max() < 2
