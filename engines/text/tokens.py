"""Counts text in the word pieces of the embedding model, and says where each piece is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from engines.errors import EngineUnavailable

Offsets = npt.NDArray[np.int64]

# Text is read in blocks, so that a book takes no more memory than its longest block.
_BLOCK = 20_000
# A "word" of more than 100 characters is one unknown piece for the tokenizer: count one per 8 characters instead.
_LONGEST_PIECE = 32
_COUNTED_AS = 8


class TokenCounter:
    """Thread-safe, as the tokenizer is."""

    def __init__(self, path: Path) -> None:
        """`path` is a tokenizer.json. Raises EngineUnavailable if it is not there."""
        if not path.is_file():
            raise EngineUnavailable(f"{path.name} is missing: build the embedding model first")
        self._tokenizer = Tokenizer.from_file(str(path))
        # The published file cuts at 128 pieces and pads to 128, silently.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count(self, text: str) -> int:
        return len(self.pieces(text))

    def pieces(self, text: str) -> Offsets:
        """Return the pieces' character offsets, shape (n, 2), in order, none empty, none overlapping another.

        Every character that is not white space is in exactly one piece: those that the tokenizer drops get their own.
        """
        found: list[tuple[int, int]] = []
        end = 0
        for start, block in _blocks(text):
            for token_start, token_end in self._tokenizer.encode(block, add_special_tokens=False).offsets:
                first, last = max(start + token_start, end), start + token_end
                if last > first:
                    found.extend(_dropped(text, end, first))
                    found.extend(_split(first, last))
                    end = last
        found.extend(_dropped(text, end, len(text)))
        return np.array(found, dtype=np.int64).reshape(len(found), 2)


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Cut at the last white space of each block, or anywhere when there is none."""
    start = 0
    while start < len(text):
        end = min(start + _BLOCK, len(text))
        if end < len(text):
            breaks = (text.rfind(space, start, end) for space in ("\n", " "))
            end = next((position + 1 for position in breaks if position > start), end)
        yield start, text[start:end]
        start = end


def _dropped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for position in range(start, end + 1):
        if position == end or text[position].isspace():
            yield from _split(first, position)
            first = position + 1


def _split(start: int, end: int) -> Iterator[tuple[int, int]]:
    step = _COUNTED_AS if end - start > _LONGEST_PIECE else max(end - start, 1)
    for first in range(start, end, step):
        yield first, min(first + step, end)
