"""Where the pictures of an office file stand in its text: readers leave a mark, which becomes the end of its line."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from engines.reading import Picture

MOST_PICTURES: Final = 50  # of a document: at seconds each, more would take its worker for many minutes
MARK: Final = "\ufdd0"  # of no alphabet: Unicode leaves it to programs, for use inside them
_ALONE: Final = re.compile(f"(?<=.)\n+(?={MARK}(?:\n|\\Z))")  # one that is a paragraph leaves no empty lines


class Pictures:
    """Takes pictures while a page is written; `unread` counts those of this page that are left.

    `is_legible` looks at a picture's bytes. One that comes again (a logo) is read where it came first.
    """

    def __init__(self, is_legible: Callable[[bytes], bool]) -> None:
        self.unread = 0
        self._is_legible = is_legible
        self._names: list[str] = []
        self._seen: set[str] = set()
        self._left = MOST_PICTURES

    def mark(self, name: str, content: bytes) -> str:
        """What to write where a picture stands; `name` is that of its part of the package."""
        name = name.lstrip("/")
        if name in self._seen:
            return ""
        self._seen.add(name)
        if not self._left or not self._is_legible(content):
            self.unread += 1
            return ""
        self._left -= 1
        self._names.append(name)
        return MARK

    def of_page(self) -> list[str]:
        """The names of those taken since the last page."""
        names, self._names, self.unread = self._names, [], 0
        return names


def placed(text: str, names: Sequence[str]) -> tuple[str, tuple[Picture, ...]]:
    """The text without its marks, and the pictures at the ends of the lines in which they stood.

    All at the end where the marks do not fit: a document may hold the character too.
    """
    *before, last = _ALONE.sub("", text).split(MARK)
    plain = "".join((*before, last))
    if len(before) != len(names):
        return plain, tuple(Picture(len(plain), name) for name in names)
    pictures, at = [], 0
    for piece, name in zip(before, names, strict=True):
        at += len(piece)
        end = plain.find("\n", at)
        pictures.append(Picture(len(plain) if end < 0 else end, name))
    return plain, tuple(pictures)
