"""Where the sentences of a French or English text are, offsets kept.

Written here because pysbd, the library that was weighed, rewrites the text to split it (its offsets are found again by
searching) and has had no release since 2021.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from engines.text import Sentence

_END = re.compile(r"[.!?…]+(?:[ \u00a0\u202f]?»|[\"'”’)\]])*(?=\s)")
_LAST_WORD = re.compile(r"[\w°-]+(?:\.\w+)*$")
_MARKER = re.compile(r"[ \t]*(?:[-–—•*▪◦·►✓☐]|\(?\d{1,3}(?:\.\d{1,3})*[.)]|[a-zA-Z][.)]|#{1,6})[ \t]")
_COLUMNS = re.compile(r"\t|\||\S {3,}\S")
_AMOUNT = re.compile(r"(?:\d[.,]\d\d|[€$£%])\s*$")
_LABELLED = re.compile(r"[A-ZÀ-Ý0-9][^.:\n]{0,40}[ \u00a0]?:[ \t\u00a0]")
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_OPENING = "\"'“‘«([—– \u00a0\u202f"
# A line much shorter than its neighbours was ended on purpose.
_SHORT = 0.6
_READ_BACK = 24

_ABBREVIATIONS = {
    "fr": frozenset(
        """
        m mm mme mmes mlle mlles dr pr me mgr st ste sts stes art al n no nos n° p pp cf ex env tel tél réf ref chap fig
        vol av bd boul pl apt appt bât bat ét esc rdc cie ets éts sté dép dept min max hab janv févr avr juil sept oct
        nov déc lun mar mer jeu ven sam dim id ibid éd coll sq suiv c.-à-d p.-s r.-v qté tva.int resp inclus
        """.split()  # noqa: SIM905
    ),
    "en": frozenset(
        """
        mr mrs ms dr prof rev st sr jr vs no nos p pp cf ex approx dept est fig vol art sec ave blvd rd apt inc ltd co
        corp bros tel ref jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun e.g i.e eg ie
        min max qty
        """.split()  # noqa: SIM905
    ),
}


def sentences(text: str, language: str) -> list[Sentence]:
    """Return the sentences of `text`, in order, without surrounding white space; together they hold all the rest.

    A row of a table, an item of a list and a title are sentences of their own; a wrapped line is not.
    """
    abbreviations = _ABBREVIATIONS[language]
    found: list[Sentence] = []
    for start, end in _blocks(text):
        cuts = [start, *_ends(text, start, end, abbreviations), end]
        found.extend(filter(None, (_trimmed(text, *pair) for pair in pairwise(cuts))))
    return found


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs, cut again at the line ends that mean something."""
    start = 0
    for blank in _BLANK.finditer(text):
        yield from _lines(text, start, blank.start())
        start = blank.end()
    yield from _lines(text, start, len(text))


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    lines = text[start:end].split("\n")
    usual = max(map(len, lines))
    begin = position = start
    for line, following in pairwise(lines):
        position += len(line) + 1
        if _ends_block(line, following, usual):
            yield begin, position
            begin = position
    yield begin, end


def _ends_block(line: str, following: str, usual: int) -> bool:
    if _MARKER.match(following) or _LABELLED.match(following) or line.startswith("#"):
        return True
    if _AMOUNT.search(line) or _COLUMNS.search(line) or _COLUMNS.search(following):
        return True
    first = following.lstrip(_OPENING)[:1]
    ended = len(line) < _SHORT * usual or _LABELLED.match(line) is not None
    return ended and (first.isupper() or first.isdigit())


def _ends(text: str, start: int, end: int, abbreviations: frozenset[str]) -> Iterator[int]:
    for mark in _END.finditer(text, start, end):
        if not _continues(text, start, mark, end) and not _abbreviated(text, start, mark, abbreviations):
            yield mark.end()


def _continues(text: str, start: int, mark: re.Match[str], end: int) -> bool:
    """A sentence does not start with a small letter, and `1.` opens a list item rather than ending one."""
    following = text[mark.end() : min(end, mark.end() + _READ_BACK)].lstrip().lstrip(_OPENING)[:1]
    return following.islower() or _MARKER.fullmatch(text[start : mark.end()].lstrip() + " ") is not None


def _abbreviated(text: str, start: int, mark: re.Match[str], abbreviations: frozenset[str]) -> bool:
    if mark.group() != ".":
        return False
    word = _LAST_WORD.search(text[max(start, mark.start() - _READ_BACK) : mark.start()])
    if word is None:
        return False
    written = word.group()
    initials = len(written.replace(".", "")) * 2 - 1 == len(written) and written[0].isalpha() and written[0].isupper()
    return initials or written.lower() in abbreviations


def _trimmed(text: str, start: int, end: int) -> Sentence | None:
    inside = text[start:end]
    stripped = inside.strip()
    if not stripped:
        return None
    first = start + len(inside) - len(inside.lstrip())
    return Sentence(start=first, end=first + len(stripped))
