"""Words become lines in reading order: rows of words of about one height, from left to right, cells by wide gaps."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from engines.ocr import CELL_GAP, Line, Word
from engines.ocr.preprocess import Prepared

_SAME_LINE: Final = 0.5  # of a line's height, between the middles of two pieces


def rows(pieces: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """Pieces of lines (a detector's boxes) that stand side by side, joined into rows, top to bottom.

    Boxes are those of a straightened page. A piece belongs to the row whose last piece's middle is within half a line
    of its own.
    """
    found: list[list[Word]] = []
    for piece in sorted((piece for piece in pieces if piece), key=_middle):
        row = found[-1] if found else None
        if row is not None and _middle(piece) - _middle(row) <= _SAME_LINE * min(_height(piece), _height(row)):
            row.extend(piece)
        else:
            found.append(list(piece))
    return [sorted(row, key=lambda word: word.box.x0) for row in found]


def lines(rows: Sequence[Sequence[Word]], page: Prepared) -> tuple[Line, ...]:
    """Rows of the straightened page as lines of the given picture."""
    made = []
    for row in rows:
        placed = [replace(word, box=page.original(word.box)) for word in _in_cells(row)]
        if placed:
            made.append(Line(tuple(placed)))
    return tuple(made)


def _in_cells(row: Sequence[Word]) -> list[Word]:
    if not row:
        return []
    height, cell, placed = _height(row), 0, [replace(row[0], cell=0)]
    for before, word in pairwise(row):
        if word.box.x0 - before.box.x1 > CELL_GAP * height:
            cell += 1
        placed.append(replace(word, cell=cell))
    return placed


def _middle(words: Sequence[Word]) -> float:
    return statistics.median((word.box.y0 + word.box.y1) / 2 for word in words)


def _height(words: Sequence[Word]) -> float:
    return statistics.median(word.box.y1 - word.box.y0 for word in words)
