"""The titles of a document, guessed from how their lines look."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARKDOWN = re.compile(r"#{1,6}[ \t]+(?P<title>\S.*)")
_NUMBERED = re.compile(
    r"(?:(?:article|chapitre|chapter|section|annexe|appendix|partie|part|titre)[ \u00a0]+[\divxlc]+\b"
    r"|\d{1,2}(?:\.\d{1,2})*[.)]?[ \u00a0]+[A-ZÀ-Ý]|[IVX]+[.)][ \u00a0]+[A-ZÀ-Ý]).*",
    re.IGNORECASE,
)
_LONGEST = 90
_PLAIN_WORDS = 9
_SENTENCE_ENDS = ".,;:!?…"


@dataclass(frozen=True, slots=True)
class Heading:
    start: int
    title: str


def headings(text: str) -> list[Heading]:
    """Return the headings in order: Markdown's, numbered ones, capitals, and short lines alone above longer ones."""
    found: list[Heading] = []
    position, previous = 0, ""
    lines = text.split("\n")
    for line, following in zip(lines, _next_written(lines), strict=True):
        title = _title(line.strip(), after_blank=not previous.strip(), before=following)
        if title:
            found.append(Heading(start=position + len(line) - len(line.lstrip()), title=title))
        position += len(line) + 1
        previous = line
    return found


def _next_written(lines: list[str]) -> list[str]:
    """For each line, the next one that is not blank."""
    following, found = "", []
    for line in reversed(lines):
        found.append(following)
        following = line.strip() or following
    return found[::-1]


def _title(line: str, *, after_blank: bool, before: str) -> str:
    if not line or len(line) > _LONGEST:
        return ""
    if marked := _MARKDOWN.fullmatch(line):
        return marked["title"].rstrip("# \t")
    if line[-1] in _SENTENCE_ENDS or not any(letter.isalpha() for letter in line):
        return ""
    shouted = line.isupper() and sum(map(str.isalpha, line)) > len(line) / 2
    alone = after_blank and line[0].isupper() and len(line.split()) <= _PLAIN_WORDS and len(before) > len(line)
    return line if shouted or alone or (after_blank and _NUMBERED.fullmatch(line)) else ""
