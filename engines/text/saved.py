"""Find which question of a catalogue is asked, though it is asked in other words, and of which time.

Both must hold nearly all that the other says: every word counts, synonyms are the lexicon's (`lexicon.asked`), and what
asks for a number is not what asks for a list. So a question about what documents say is not taken for one about how
many there are.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engines.text.analysis import fold
from engines.text.languages import detect
from engines.text.lexicon import Asked, asked

ENOUGH = 0.75
_COUNTS = re.compile(r"\b(combien|nombre|how many|how much|number of|count)\b")


@dataclass(frozen=True)
class Saved:
    """``phrasings`` by language (fr, en): ways to ask it, without a time."""

    ident: str
    phrasings: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Period:
    """``unit``: day, week, month or year; from ``first`` units before the present one to before ``last``; ``rolling``
    counts back from this moment instead of from the beginning of the unit."""

    unit: str
    first: int
    last: int
    rolling: bool = False


@dataclass(frozen=True)
class Match:
    """``score``: from `ENOUGH` to 1. ``period`` None: of all time."""

    saved: Saved
    language: str
    score: float
    period: Period | None = None


_UNITS = {"jour": "day", "day": "day", "semaine": "week", "week": "week", "mois": "month", "month": "month",
          "an": "year", "annee": "year", "year": "year"}  # fmt: skip
_NAMED = (
    (re.compile(r"\b(aujourd'? ?hui|today)\b"), Period("day", 0, -1)),
    (re.compile(r"\b(hier|yesterday)\b"), Period("day", 1, 0)),
)
_ANY_UNIT = "jour|semaine|mois|annee|an|day|week|month|year"
_PRESENT = re.compile(
    r"\b(?:(?:pendant|durant|au cours de|during) )?(?:cette|ce|this)(?: cours)? "
    r"(semaine|mois|annee|week|month|year)(?:[- ]ci)?\b"
)
_BEFORE = re.compile(
    r"\b(?:la |le |l'|l )?(?:(semaine|mois|annee|an) (?:derniere?|passee?|precedente?)"
    r"|(?:last|previous) (week|month|year))\b"
)
_BACK = re.compile(
    r"\b(?:(?:dans|pendant|sur|au cours d|depuis|in|over|during) ?(?:les|des|es|ces|the|these)? )?(?:ces |les )?"
    rf"(?:(\d{{1,3}}) (?:derniere?s|last|past) ({_ANY_UNIT})s?|(?:derniere?s|last|past) (\d{{1,3}}) ({_ANY_UNIT})s?)\b"
)


def match(question: str, catalogue: Iterable[Saved]) -> Match | None:
    """The saved question that is asked; None when none is asked clearly enough."""
    language = detect(question)
    bare, period = _timed(fold(question))
    best: Match | None = None
    for saved in catalogue:
        for phrasing in saved.phrasings[language]:
            score = _alike(bare, phrasing, language)
            if score >= ENOUGH and (best is None or score > best.score):
                best = Match(saved, language, score, period)
    return best


def _timed(question: str) -> tuple[str, Period | None]:
    """The folded question without its time, and that time."""
    for pattern, period in _NAMED:
        if pattern.search(question):
            return pattern.sub(" ", question, count=1), period
    if found := _BACK.search(question):
        number, unit = (group for group in found.groups() if group)
        return _BACK.sub(" ", question, count=1), Period(_UNITS[unit], int(number), 0, rolling=True)
    for pattern, first, last in ((_PRESENT, 0, -1), (_BEFORE, 1, 0)):
        if found := pattern.search(question):
            unit = next(group for group in found.groups() if group)
            return pattern.sub(" ", question, count=1), Period(_UNITS[unit], first, last)
    return question, None


def _alike(question: str, phrasing: str, language: str) -> float:
    if bool(_COUNTS.search(question)) != bool(_COUNTS.search(fold(phrasing))):
        return 0.0
    return min(_covered(question, phrasing, language), _covered(phrasing, question, language))


@lru_cache(maxsize=1024)
def _words(text: str, language: str) -> tuple[tuple[Asked, ...], frozenset[str]]:
    """What is said, and every single word for it. Phrasings are asked for again with each question."""
    every = tuple(each for each in asked(text, source=language, target=language) if each.forms)
    return every, frozenset(form[0] for each in every for form in each.forms if len(form) == 1)


def _covered(said: str, by: str, language: str) -> float:
    """The share of what ``said`` says that ``by`` says too."""
    every, other = _words(said, language)[0], _words(by, language)[1]
    whole = sum(each.weight for each in every)
    same = sum(each.weight for each in every if any(set(form) <= other for form in each.forms))
    return same / whole if whole else 0.0
