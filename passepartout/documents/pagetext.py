"""A document's pages as one text, and the way back from its characters to boxes on pages."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.reading import Reading
from engines.reading.invoices import invoice_text

PAGE_BREAK = "\n\n"


@dataclass(frozen=True)
class FullText:
    """``text`` is all pages joined; ``page_starts[i]`` is where page i+1 begins; ``lines`` are boxes in its offsets.

    ``page_sizes`` are (width, height) in points, as displayed. The data of a hybrid invoice come before page 1, as a
    part of their own that ends at ``cuts``.
    """

    text: str
    page_starts: tuple[int, ...]
    lines: tuple[tuple[int, int, int, float, float, float, float], ...]
    page_sizes: Mapping[int, tuple[float, float]]
    cuts: tuple[int, ...] = ()

    @classmethod
    def of(cls, reading: Reading) -> "FullText":
        pieces = [invoice_text(reading.invoice)] if reading.invoice else []
        starts, lines = [], []
        at = sum(len(piece) + len(PAGE_BREAK) for piece in pieces)
        cuts = (at,) if at else ()
        for page in reading.pages:
            starts.append(at)
            lines += [
                (page.number, at + span.start, at + span.end, span.x0, span.y0, span.x1, span.y1)
                for span in page.spans
            ]  # fmt: skip
            pieces.append(page.text)
            at += len(page.text) + len(PAGE_BREAK)
        sizes = {page.number: (page.width, page.height) for page in reading.pages}
        return cls(PAGE_BREAK.join(pieces), tuple(starts), tuple(lines), sizes, cuts)

    @staticmethod
    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    def page_at(self, at: int) -> int:
        """The number of the page, from 1, on which the character ``at`` stands."""
        return max(bisect_right(self.page_starts, at), 1)

    def boxes(self, start: int, end: int) -> list[list[Any]]:
        """Lines that touch ``[start, end)``, offsets from ``start``.

        ``[page, start, end, x0, y0, x1, y1, page width, page height]``: with its page's size a box can be drawn over
        a picture of any scale, by whoever holds the citation alone.
        """
        first = max(bisect_right(self.lines, start, key=lambda line: line[1]) - 1, 0)
        found = []
        for page, a, b, *box in self.lines[first:]:
            if a >= end:
                break
            if b > start:
                points = (*box, *self.page_sizes[page])
                found.append([page, a - start, b - start, *(round(number, 2) for number in points)])
        return found


def quote_boxes(boxes: Sequence[Sequence[Any]], start: int, end: int) -> list[dict[str, Any]]:
    """The boxes of ``chunk_text[start:end]``: lines cut at the quote's ends, in proportion to their characters."""
    cut = []
    for page, a, b, x0, y0, x1, y1, page_width, page_height in boxes:
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
                "page_width": page_width,
                "page_height": page_height,
            }
        )
    return cut
