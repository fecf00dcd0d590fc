"""Pages put together by the readers of formats that have no layout: cleaned, counted, numbered, with their warnings."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from engines.reading import Limits, Page, Reading
from engines.reading.errors import TooManyPages, TooMuchText
from engines.reading.hygiene import clean, clean_title
from engines.reading.placing import placed

_SPACES: Final = re.compile(r"[^\S\n]+")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


class Writing:
    """Pages in order; `number` is that of the page which comes next."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.max_characters
        self._counts: dict[tuple[str, int], int] = {}
        self._pages: list[Page] = []

    @property
    def number(self) -> int:
        return len(self._pages) + 1

    def warn(self, code: str, count: int = 1) -> None:
        """`count` more of something on the page which comes next; nothing for 0."""
        if count:
            self._counts[code, self.number] = self._counts.get((code, self.number), 0) + count

    def add(self, text: str, pictures: Sequence[str] = ()) -> None:
        """A page, and the names of the pictures that are marked in it. Raises TooManyPages, TooMuchText."""
        cleaned = clean(text)
        self.warn("hidden_characters", cleaned.hidden)
        self.warn("control_characters", cleaned.control)
        plain, placed_ones = placed(cleaned.text, pictures) if pictures else (cleaned.text, ())
        self.keep(Page(self.number, plain, 0.0, 0.0, (), pictures=placed_ones))

    def keep(self, page: Page) -> None:
        """A page that is clean already. Raises TooManyPages, TooMuchText."""
        if page.number > self._limits.max_pages:
            raise TooManyPages(f"more than {self._limits.max_pages} pages")
        self._left -= len(page.text)
        if self._left < 0:
            raise TooMuchText(f"more than {self._limits.max_characters} characters")
        self._pages.append(page)

    def reading(self, mime: str, title: str = "") -> Reading:
        warnings = tuple(f"{code}:{number}:{count}" for (code, number), count in self._counts.items())
        return Reading(mime, tuple(self._pages), clean_title(title), warnings)


def one_line(text: str) -> str:
    """Any white space is one space."""
    return " ".join(text.split())


def tidy(text: str) -> str:
    """No spaces in a row, none around a line, at most one empty line."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def paragraphs(blocks: Iterable[str]) -> str:
    """Blocks with an empty line between them; empty ones are left out."""
    return "\n\n".join(block for block in blocks if block.strip())
