"""Pieces of lines become rows, rows become lines with cells."""

from __future__ import annotations

import numpy as np

from engines.ocr import Box, Word
from engines.ocr.layout import lines, rows
from engines.ocr.preprocess import Prepared


def word(text, x0, y0, *, width=60.0, height=20.0):
    return Word(text, 0.9, Box(x0, y0, x0 + width, y0 + height))


def texts(found):
    return [[each.text for each in row] for row in found]


def test_nothing_gives_nothing():
    assert rows([]) == rows([[]]) == []


def test_pieces_side_by_side_are_one_row_whatever_their_order():
    found = rows(
        [[word("montant", 500, 102)], [word("dessous", 0, 140)], [word("linge", 0, 100)], [word("14", 300, 98)]]
    )
    assert texts(found) == [["linge", "14", "montant"], ["dessous"]]


def test_lines_set_close_stay_apart():
    assert texts(rows([[word("b", 0, 118)], [word("a", 0, 100)]])) == [["a"], ["b"]]


def test_a_wide_gap_separates_cells_and_shows_in_the_text():
    page = Prepared(np.zeros((10, 10), np.uint8), np.eye(3))
    (line,) = lines([[word("Linge", 0, 0), word("de", 66, 0, width=20), word("14", 300, 0)]], page)
    assert line.text == "Linge de  14"
    assert [each.cell for each in line.words] == [0, 0, 1]
    assert line.box == Box(0, 0, 360, 20)
