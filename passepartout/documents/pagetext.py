"""A document's pages as one text, and the way back from its characters to boxes on pages."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engines.reading import Reading

PAGE_BREAK = "\n\n"


@dataclass(frozen=True)
class FullText:
    """``text`` is all pages joined; ``page_starts[i]`` is where page i+1 begins; ``lines`` are boxes in its offsets."""

    text: str
    page_starts: tuple[int, ...]
    lines: tuple[tuple[int, int, int, float, float, float, float], ...]

    @classmethod
    def of(cls, reading: Reading) -> "FullText":
        pieces, starts, lines, at = [], [], [], 0
        for page in reading.pages:
            starts.append(at)
            lines += [
                (page.number, at + span.start, at + span.end, span.x0, span.y0, span.x1, span.y1)
                for span in page.spans
            ]  # fmt: skip
            pieces.append(page.text)
            at += len(page.text) + len(PAGE_BREAK)
        return cls(PAGE_BREAK.join(pieces), tuple(starts), tuple(lines))

    @staticmethod
    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def boxes(self, start: int, end: int) -> list[list[Any]]:
        """Lines that touch ``[start, end)``: ``[page, start, end, x0, y0, x1, y1]`` with offsets from ``start``."""
        first = max(bisect_right(self.lines, start, key=lambda line: line[1]) - 1, 0)
        found = []
        for page, a, b, *box in self.lines[first:]:
            if a >= end:
                break
            if b > start:
                found.append([page, a - start, b - start, *(round(side, 2) for side in box)])
        return found


def quote_boxes(boxes: Sequence[Sequence[Any]], start: int, end: int) -> list[dict[str, Any]]:
    """The boxes of ``chunk_text[start:end]``: lines cut at the quote's ends, in proportion to their characters."""
    cut = []
    for page, a, b, x0, y0, x1, y1 in boxes:
        left, right = max(a, start), min(b, end)
        if left >= right:
            continue
        width = (x1 - x0) / max(b - a, 1)
        cut.append(
            {
                "page": page,
                "x0": round(x0 + (left - a) * width, 2),
                "y0": y0,
                "x1": round(x0 + (right - a) * width, 2),
                "y1": y1,
            }
        )
    return cut
