"""Edit distance (Levenshtein, 1966) in numpy, for error rates of what was read."""

import unicodedata
from collections.abc import Sequence

import numpy as np


def distance(wanted: Sequence[str], found: Sequence[str]) -> int:
    """The fewest insertions, deletions and substitutions of items. A row of the table at a time."""
    codes: dict[str, int] = {}
    a = np.array([codes.setdefault(item, len(codes)) for item in wanted], dtype=np.int64)
    b = np.array([codes.setdefault(item, len(codes)) for item in found], dtype=np.int64)
    steps = np.arange(len(b) + 1)
    row = steps.copy()
    for number, item in enumerate(a, 1):
        other = np.minimum(row[1:] + 1, row[:-1] + (b != item))
        row = np.concatenate(([number], other))
        # Insertions run along the row: row[j] = min over k <= j of row[k] + (j - k).
        row = np.minimum.accumulate(row - steps) + steps
    return int(row[-1])


def plain(text: str) -> str:
    """One space between words, composed characters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def character_error_rate(wanted: str, found: str) -> float:
    return distance(plain(wanted), plain(found)) / max(len(plain(wanted)), 1)


def word_error_rate(wanted: str, found: str) -> float:
    words = plain(wanted).split()
    return distance(words, plain(found).split()) / max(len(words), 1)
