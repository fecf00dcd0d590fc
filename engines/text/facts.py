"""The numbers, dates, names and denials of a sentence: what must be in the passage that it cites.

Written differently is the same: `huit heures`, `8 h` and `8 am`; `12 mars 2024`, `March 12, 2024` and `12/03/2024`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engines.text.analysis import fold, terms, tokens
from engines.text.lexicon import asked

_UNITS = {
    "zero": 0, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "vingts": 20,
    "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100, "cents": 100, "mille": 1000,
    "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100, "thousand": 1000, "midi": 12, "noon": 12, "minuit": 0, "midnight": 0,
    "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "fifteenth": 15, "twentieth": 20, "troisieme": 3, "quatrieme": 4, "cinquieme": 5, "dixieme": 10,
}  # fmt: skip
_ONE = {"un": 1, "une": 1, "one": 1}  # alone an article, in a compound a number
_LINKS = frozenset({"et", "and"})
_HUNDRED, _THOUSAND, _SCORE, _FOUR = 100, 1000, 20, 4
_MONTHS = (
    ("janvier", "january", "jan", "janv"), ("fevrier", "february", "feb", "fevr"), ("mars", "march"),
    ("avril", "april", "apr", "avr"), ("mai", "may"), ("juin", "june"), ("juillet", "july", "juil"),
    ("aout", "august", "aug"), ("septembre", "september", "sept"), ("octobre", "october", "oct"),
    ("novembre", "november", "nov"), ("decembre", "december", "dec"),
)  # fmt: skip
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAYS = ("lundi monday", "mardi tuesday", "mercredi wednesday", "jeudi thursday", "vendredi friday",
             "samedi saturday", "dimanche sunday")  # fmt: skip
_WEEKDAY_OF = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})\b\.?"
_DATES = [
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?\s+(?:of\s+|de\s+)?{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:h\b|:))(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(r"\b(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>\d{4}|\d\d)\b"),
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b"),
    re.compile(rf"\b{_MONTH}(?:\s+(?P<year>\d{{4}}))?"),
]
_VERBS = frozenset({"may", "march"})  # `Guests may stay` is no date
_LAST_MONTH, _CENTURY = 12, 2000
_AFTERNOON = re.compile(r"\b(\d{1,2})(?:[:.](\d\d))?\s*p\.?m\b")
_MEASURED = re.compile(
    r"(\d+(?:[.,]\d+)?)(?:h|hrs?|min|am|pm|kg|g|km|km2|m|cm|mm|m2|m3|eur|k|kwh|st|nd|rd|th|er|e|eme|ere|x)(\d*)"
)
_MARKER = re.compile(r"\A\s*(?:[-–—•]|\(?\d{1,2}[.)])\s+")
_WRITTEN = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_AFTER_STOP = re.compile(r"(?:^|[.!?:;…•\n]|[\"«“(\[–—-])\s*$")
_HONORIFICS = frozenset("m mm mme mmes mlle monsieur madame maitre me dr mr mrs ms sir miss".split())  # noqa: SIM905
_NO_NAMES = _HONORIFICS | _MONTH_OF.keys() | _WEEKDAY_OF.keys()
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DENIALS = re.compile(
    r"\b(?:pas|aucune?s?|jamais|ni|interdit\w*|defendu\w*|prohibe\w*|impossible|exclu\w*|refuse\w*"
    r"|not|no|never|none|neither|nor|nobody|nothing|cannot|forbid\w*|prohibit\w*|exclud\w*|refus\w*|unable)\b|n't\b"
)
_NO_DENIALS = re.compile(
    r"\b(?:no later than|no more than|no less than|not exceed\w*|not more than|not later than|not only|pas plus"
    r"|ne pas depasser|pas seulement|whether or not|no doubt|no\. ?\d)"
)


@dataclass(frozen=True, slots=True)
class Day:
    day: int | None
    month: int
    year: int | None

    def agrees(self, other: Day) -> bool:
        """Whether they may be the same day; what one does not say, it does not deny."""
        return self.month == other.month and all(
            mine is None or theirs is None or mine == theirs
            for mine, theirs in ((self.day, other.day), (self.year, other.year))
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """`numbers`: each with the ways it may be written (`8 pm` is 8 or 20); `words`: what is written, folded."""

    numbers: tuple[frozenset[str], ...]
    days: tuple[Day, ...]
    weekdays: frozenset[int]
    words: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        return frozenset().union(*self.numbers)


def facts(text: str, language: str) -> Facts:
    """Raises KeyError for a language that is not ours."""
    folded = fold(_MARKER.sub("", text, count=1))
    days, rest = _days(folded, text)
    written = [word.group() for word in _WRITTEN.finditer(folded)]
    return Facts(
        numbers=tuple(_numbers(rest, language)),
        days=tuple(days),
        weekdays=frozenset(_WEEKDAY_OF[word] for word in written if word in _WEEKDAY_OF),
        words=frozenset(written),
    )


def missing(sentence: str, language: str, sources: Iterable[tuple[str, str]]) -> str:
    """What `sentence` says that none of `sources` (text, language) does: "number", "date" or "name"; "" if nothing.

    A date counts where a source has it, whole; a number too may be in any of them.
    """
    said = facts(sentence, language)
    texts = list(sources)
    there = [facts(text, written) for text, written in texts]
    known = frozenset().union(*(each.known for each in there)) | _inside_dates(there)
    if any(not (number & known) for number in said.numbers):
        return "number"
    days = [day for each in there for day in each.days]
    if any(not any(day.agrees(other) for other in days) for day in said.days):
        return "date"
    if said.weekdays - frozenset().union(*(each.weekdays for each in there)):
        return "date"
    words = frozenset().union(*(each.words for each in there))
    return "name" if any(not _is_named(name, language, words, texts) for name in names(sentence)) else ""


def denies(text: str) -> bool:
    """Whether it says that something is not, or may not be."""
    return _DENIALS.search(_NO_DENIALS.sub("", fold(text))) is not None


def names(sentence: str) -> Iterator[str]:
    """Words with a capital that no sentence's start explains, and mail addresses."""
    yield from (mail.group() for mail in _MAIL.finditer(sentence))
    for found in _NAME.finditer(sentence):
        word = found.group()
        bare = word.split("'")[-1].split("’")[-1]
        starts = _AFTER_STOP.search(sentence[: found.start()]) is not None
        if bare[:1].isupper() and len(bare) > 1 and not starts and fold(bare) not in _NO_NAMES:
            yield bare


def _is_named(name: str, language: str, words: frozenset[str], texts: list[tuple[str, str]]) -> bool:
    if "@" in name:
        return any(fold(name) in fold(text) for text, _ in texts)
    if all(part.group() in words for part in _WRITTEN.finditer(fold(name))):
        return True
    return any(_translated(name, language, text, written) for text, written in texts)


def _translated(name: str, source: str, text: str, target: str) -> bool:
    """`VAT` where the passage says `TVA`."""
    there = frozenset(terms(text, target))
    found = [each.forms for each in asked(name, source=source, target=target)]
    return bool(found) and all(any(there.issuperset(form) for form in forms) for forms in found)


def _days(folded: str, text: str) -> tuple[list[Day], str]:
    """The dates, and the text without them."""
    found: list[Day] = []
    for pattern in _DATES:
        for date in pattern.finditer(folded):
            day = _day(date, text)
            if day is not None:
                found.append(day)
                folded = folded[: date.start()] + " " * (date.end() - date.start()) + folded[date.end() :]
    return found, folded


def _day(date: re.Match[str], text: str) -> Day | None:
    parts = date.groupdict()
    month = _MONTH_OF.get(parts["month"]) or int(parts["month"] if parts["month"].isdigit() else 0)
    if not 1 <= month <= _LAST_MONTH:
        return None
    if not parts.get("day") and parts["month"] in _VERBS and not re.search(rf"\s{parts['month'].title()}\b", text):
        return None
    year = int(parts["year"]) if parts.get("year") else None
    if year is not None and year < _HUNDRED:
        year += _CENTURY
    return Day(int(parts["day"]) if parts.get("day") else None, month, year)


def _inside_dates(there: Iterable[Facts]) -> frozenset[str]:
    return frozenset(str(part) for each in there for day in each.days for part in (day.day, day.year) if part)


def _numbers(folded: str, language: str) -> Iterator[frozenset[str]]:
    for clock in _AFTERNOON.finditer(folded):
        hour = int(clock[1])
        yield frozenset({str(hour), str(hour % 12 + 12)})
        if clock[2]:
            yield frozenset({_plain(clock[2])})
    folded = _AFTERNOON.sub(" ", folded)
    for written, found in tokens(folded, language):
        if any(character.isdigit() for character in written):
            yield from _digits(written, found)
    yield from (frozenset({str(number)}) for number in _spelled(folded))


def _digits(written: str, found: list[str]) -> Iterator[frozenset[str]]:
    if measured := _MEASURED.fullmatch(written):
        yield from (frozenset({_plain(part)}) for part in measured.groups() if part)
    elif len(found) == 1:
        yield frozenset({_plain(found[0])})
    else:  # an identifier: the whole of it
        yield frozenset({found[-1]})


def _plain(number: str) -> str:
    whole, _, decimals = number.replace(",", ".").partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def _spelled(folded: str) -> Iterator[int]:
    """Numbers in letters, both languages': `quatre-vingt-douze`, `one thousand five hundred`."""
    group: list[int] = []
    end = 0
    for word in _WRITTEN.finditer(folded):
        value = _UNITS.get(word.group())
        value = _ONE.get(word.group()) if value is None and group else value
        near = not folded[end : word.start()].strip(" -")
        if group and near and word.group() in _LINKS:
            end = word.end()
            continue
        if group and (value is None or not near):
            yield _worth(group)
            group = []
            value = _UNITS.get(word.group())
        if value is not None:
            group.append(value)
        end = word.end()
    if group:
        yield _worth(group)


def _worth(group: list[int]) -> int:
    total = current = 0
    for value in group:
        if value == _THOUSAND:
            total, current = total + max(current, 1) * _THOUSAND, 0
        elif value == _HUNDRED or (value == _SCORE and current == _FOUR):
            current = max(current, 1) * value
        else:
            current += value
    return total + current
