"""Tables as text: a row is a line that names its columns, so that a row cut from its table still says what it is."""

import re
from collections.abc import Sequence
from typing import Final

from engines.reading.writing import one_line

_NUMBER: Final = re.compile(r"[-+(]?[€$£]?\s?\d[\d\s.,'/:%-]*\)?\s?(?:[€$£%]|[a-zA-Z²³]{1,3})?")
_LONGEST_HEADER: Final = 80
_PAIR: Final = 2
_UNNAMED: Final = 2  # columns that may stay without a name
BETWEEN: Final = " | "


def rows_as_text(rows: Sequence[Sequence[str]], *, headed: bool | None = None) -> str:
    """One line per row: "Column: value | Column: value"; without a header "a | b", and "a: b" for two columns.

    `headed` says whether the first row names the columns; None leaves it to how the cells look. Empty cells and rows
    are left out.
    """
    kept = [tuple(map(one_line, row)) for row in rows]
    kept = [row for row in kept if any(row)]
    if not kept:
        return ""
    if headed is None:
        headed = _names_columns(kept)
    if not headed or len(kept) == 1:
        return "\n".join(filter(None, map(_plain, kept)))
    names = kept[0]
    return "\n".join(_named(names, row) for row in kept[1:])


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """A first row of distinct, short names without a figure; in two columns, only above figures."""
    first, others = rows[0], rows[1:]
    filled = [cell for cell in first if cell]
    width = max(len(row) for row in rows)
    if len(filled) < max(_PAIR, width - _UNNAMED) or len(set(filled)) != len(filled):
        return False
    if any(is_number(cell) or len(cell) > _LONGEST_HEADER for cell in filled):
        return False
    if width > _PAIR:
        return True
    values = [row[1] for row in others if len(row) > 1 and row[1]]
    labels = [row[0] for row in others if row and row[0]]
    return len(values) > 1 and all(map(is_number, values)) and not any(label.endswith(":") for label in labels)


def is_number(cell: str) -> bool:
    """Whether a cell is a figure: an amount, a date, a percentage, a measure."""
    return _NUMBER.fullmatch(cell) is not None


def _plain(row: Sequence[str]) -> str:
    filled = [cell for cell in row if cell]
    if len(row) == len(filled) == _PAIR and len(filled[0]) <= _LONGEST_HEADER:
        return f"{filled[0].rstrip(' :')}: {filled[1]}"
    return BETWEEN.join(filled)


def _named(names: Sequence[str], row: Sequence[str]) -> str:
    """A cell under a column without a name stands alone."""
    padded = (*names, *[""] * (len(row) - len(names)))
    return BETWEEN.join(
        f"{name.rstrip(' :')}: {cell}" if name else cell for name, cell in zip(padded, row, strict=False) if cell
    )
