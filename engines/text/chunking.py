"""Cuts a document into the chunks that are cited, and each chunk into the windows that are embedded.

A chunk ends at the last paragraph that ends between 500 and 700 tokens, or else sentence, or else word; the next one
starts about 50 tokens before that end, at a sentence if one starts there. Windows of 126 tokens (128 with the model's
own two) overlap by 32. One pass over the tokens with binary searches: the time grows with the length and no faster.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from engines.text import Chunk, Window
from engines.text.headings import Heading, headings
from engines.text.languages import detect
from engines.text.sentences import sentences
from engines.text.tokens import Offsets, TokenCounter

WINDOW_TOKENS = 126
WINDOW_OVERLAP = 32
# How far a window's start may move back to the start of a word.
_WORD_PIECES = 12
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")

Indices = npt.NDArray[np.int64]

__all__ = ["Chunk", "Window", "chunk"]


def chunk(
    text: str,
    *,
    page_starts: Sequence[int],
    tokens: TokenCounter,
    size: tuple[int, int] = (500, 700),
    overlap: int = 50,
    cuts: Sequence[int] = (),
) -> list[Chunk]:
    """Return the chunks of `text`, in order; every character but white space is in one of them at least.

    `page_starts` holds the offset in `text` at which each page starts, the first at 0; `size` and `overlap` are in
    tokens of `tokens`. No chunk goes over an offset of `cuts` (sorted, each the start of a word). The last chunk before
    a cut or the end may be shorter than `size[0]`. Raises ValueError for sizes that cannot be.
    """
    if not 0 <= overlap < size[0] <= size[1]:
        raise ValueError(f"chunks of {size} tokens cannot overlap by {overlap}")
    layout = _layout(text, tokens.pieces(text))
    titles = headings(text)
    return [
        _chunk(text, part, layout, first, last, page_starts=page_starts, titles=titles)
        for part, (first, last) in enumerate(_between(layout, cuts, size, overlap), start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Tokens' offsets, and the numbers of the tokens at which a word, a sentence, a paragraph starts (sorted)."""

    tokens: Offsets
    words: Indices
    sentences: Indices
    paragraphs: Indices


def _layout(text: str, tokens: Offsets) -> _Layout:
    starts, ends = tokens[:, 0], tokens[:, 1]
    words = np.flatnonzero(np.concatenate(([True], starts[1:] > ends[:-1]))[: len(starts)])
    sentence_starts = [sentence.start for sentence in sentences(text, detect(text))]
    paragraph_starts = [blank.end() for blank in _BLANK_LINE.finditer(text)]
    return _Layout(
        tokens=tokens,
        words=words,
        sentences=np.searchsorted(starts, np.array(sentence_starts, dtype=np.int64)),
        paragraphs=np.searchsorted(starts, np.array(paragraph_starts, dtype=np.int64)),
    )


def _between(layout: _Layout, cuts: Sequence[int], size: tuple[int, int], overlap: int) -> Iterator[tuple[int, int]]:
    """Token numbers of each chunk, end excluded; the cuts fall between chunks."""
    edges = [0, *np.searchsorted(layout.tokens[:, 0], np.array(cuts, dtype=np.int64)).tolist(), len(layout.tokens)]
    for first, end in pairwise(edges):
        yield from _spans(layout, first, end, size, overlap)


def _spans(layout: _Layout, first: int, count: int, size: tuple[int, int], overlap: int) -> Iterator[tuple[int, int]]:
    """Token numbers of each chunk of the tokens from `first` to `count`, end excluded."""
    while count - first > size[1]:
        last = _best_end(layout, first + size[0], first + size[1])
        yield first, last
        first = _best_start(layout, last - overlap, last - overlap // 2)
    if count > first:
        yield first, count


def _best_end(layout: _Layout, least: int, most: int) -> int:
    for starts in (layout.paragraphs, layout.sentences, layout.words):
        position = bisect_right(starts, most) - 1
        if position >= 0 and starts[position] >= least:
            return int(starts[position])
    return most


def _best_start(layout: _Layout, least: int, most: int) -> int:
    for starts in (layout.sentences, layout.words):
        position = bisect_left(starts, least)
        if position < len(starts) and starts[position] <= most:
            return int(starts[position])
    return least


def _chunk(
    text: str,
    part: int,
    layout: _Layout,
    first: int,
    last: int,
    *,
    page_starts: Sequence[int],
    titles: Sequence[Heading],
) -> Chunk:
    start, end = int(layout.tokens[first, 0]), int(layout.tokens[last - 1, 1])
    title = bisect_right(titles, start, key=attrgetter("start")) - 1
    return Chunk(
        part=part,
        start=start,
        end=end,
        text=text[start:end],
        token_count=last - first,
        page_from=max(1, bisect_right(page_starts, start)),
        page_to=max(1, bisect_right(page_starts, end - 1)),
        heading=titles[title].title if title >= 0 else "",
        language=detect(text[start:end]),
        windows=tuple(_windows(layout, first, last)),
    )


def _windows(layout: _Layout, first: int, last: int) -> Iterator[Window]:
    number, begin = 1, first
    while True:
        end = min(begin + WINDOW_TOKENS, last)
        yield Window(number=number, start=int(layout.tokens[begin, 0]), end=int(layout.tokens[end - 1, 1]))
        if end == last:
            return
        number += 1
        # The last window is a full one too: it goes back rather than hold three words.
        begin = _word_start(layout, min(end - WINDOW_OVERLAP, last - WINDOW_TOKENS), least=begin + 1)


def _word_start(layout: _Layout, token: int, *, least: int) -> int:
    start = int(layout.words[bisect_right(layout.words, token) - 1])
    return start if start >= max(least, token - _WORD_PIECES) else max(token, least)
