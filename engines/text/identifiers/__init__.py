"""Numbers that name a thing: parcels, companies, accounts, invoices. Found in running text, and in what a user types.

A kind with a check digit is taken only when the digit is right; one that many other numbers would pass for (nine
digits, twelve digits) only behind its name; an invoice's number, or a carrier's without a public check, only behind
its label.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .checks import fedex, iban, s10, siren, siret, sscc, ups, vat
from .labels import BEHIND_A_LABEL, FEDEX_NEAR, SIREN_NEAR, SSCC_NEAR

# Between the characters of one number: one space of any width, a dash, a dot. A number does not run over a line's end.
_GAP: Final = "[ \u00a0\u202f\u2009.\u2010\u2011-]?"
_NOT_IN_A_WORD: Final = r"(?<![0-9A-Za-z])"
_END: Final = r"(?![0-9A-Za-z])"
_SEPARATORS: Final = re.compile(r"[\s\u200b./_\u2010\u2011\u2013-]+")
LONGEST: Final = 40


class Kind(StrEnum):
    S10 = "s10"  # post and EMS, Universal Postal Union
    SSCC = "sscc"  # logistic unit, GS1
    UPS = "ups"
    FEDEX = "fedex"
    TRACKING = "tracking"  # a carrier's number known by its label alone: Colissimo, Chronopost and others
    SIRET = "siret"
    SIREN = "siren"
    VAT = "vat"
    IBAN = "iban"
    INVOICE = "invoice"


@dataclass(frozen=True)
class Identifier:
    """``value`` is normal (capitals, no separators); ``start`` and ``end`` are characters of the text it stands in."""

    kind: Kind
    value: str
    start: int
    end: int


def normal(text: str) -> str:
    """The form in which identifiers are compared: capitals and digits, nothing between them."""
    return _SEPARATORS.sub("", text).upper()


def _spaced(pattern: str, count: int) -> str:
    """``count`` characters of a class, with a gap allowed after each but the last."""
    return f"(?:{pattern}{_GAP}){{{count - 1}}}{pattern}"


# Kind, what it looks like, its check, and what must stand shortly before it (None: nothing). The first that holds a
# stretch of text keeps it, so that the more telling kinds come first.
_CHECKED: Final = (
    (Kind.IBAN, r"[A-Z]{2}" + _GAP + _spaced(r"\d", 2) + f"(?:{_GAP}[0-9A-Z]){{11,30}}", iban, None),
    (Kind.UPS, "1" + _GAP + "Z" + _GAP + _spaced("[0-9A-Z]", 16), ups, None),
    (Kind.S10, _spaced("[A-Z]", 2) + _GAP + _spaced(r"\d", 9) + _GAP + _spaced("[A-Z]", 2), s10, None),
    (Kind.VAT, "[A-Z]{2}" + f"(?:{_GAP}[0-9A-Z]){{8,12}}", vat, None),
    (Kind.SSCC, r"(?:\(00\) ?|00)?" + _spaced(r"\d", 18), sscc, SSCC_NEAR),
    (Kind.SSCC, r"(?:\(00\) ?|00)?\d{18}", sscc, None),
    (Kind.SIRET, r"\d{14}|\d{3}([ \u00a0\u202f])\d{3}\1\d{3}\1\d{5}", siret, None),
    (Kind.FEDEX, f"{_spaced(r'[0-9]', 15)}|{_spaced(r'[0-9]', 12)}", fedex, FEDEX_NEAR),
    (Kind.SIREN, _spaced(r"\d", 9), siren, SIREN_NEAR),
)
_PATTERNS: Final = [
    (kind, re.compile(f"{_NOT_IN_A_WORD}(?:{pattern})"), check, near) for kind, pattern, check, near in _CHECKED
]
_ENDS: Final = re.compile(_END)
_NEAR: Final = 40  # characters before a number in which its name may stand


def find(text: str) -> list[Identifier]:
    """Every identifier of a text, in order; none overlaps another."""
    taken: list[Identifier] = []
    for found in (*_checked(text), *_labelled(text)):
        if all(found.end <= other.start or other.end <= found.start for other in taken):
            taken.append(found)
    return sorted(taken, key=lambda found: found.start)


def _checked(text: str) -> Iterator[Identifier]:
    for kind, pattern, check, near in _PATTERNS:
        at = 0
        while match := pattern.search(text, at):
            near_enough = near is None or near.search(text, max(match.start() - _NEAR, 0), match.start() + len("(00)"))
            value, end = _first_that_checks(text, match, check) if near_enough else ("", 0)
            if value:
                yield Identifier(kind, value, match.start(), end)
            at = end if value else match.start() + 1  # what failed may have run over the start of a good one


def _first_that_checks(text: str, match: re.Match[str], check: Callable[[str], str]) -> tuple[str, int]:
    for end in _ends(text, match):
        value = check(normal(text[match.start() : end].replace("(", "").replace(")", "")))
        if value:
            return value, end
    return "", 0


def _ends(text: str, match: re.Match[str]) -> Iterator[int]:
    """Where the number may end, the farthest first: a pattern of open length may have run into the next words."""
    for end in range(match.end(), match.start() + 8, -1):
        if text[end - 1].isalnum() and _ENDS.match(text, end):
            yield end


def _labelled(text: str) -> Iterator[Identifier]:
    for name, pattern in BEHIND_A_LABEL:
        for match in pattern.finditer(text):
            value = normal(match["number"])
            enough = sum(map(str.isdigit, value)) >= _FEWEST_DIGITS[name] and not _YEAR.fullmatch(value)
            if enough and len(value) <= LONGEST:
                yield Identifier(Kind(name), value, match.start("number"), match.end("number"))


_YEAR: Final = re.compile(r"(?:19|20)\d\d")  # of which they are, not which
_FEWEST_DIGITS: Final = {"invoice": 3, "tracking": 8}


def asked(query: str) -> list[str]:
    """What a search may be naming, in normal form: identifiers that check, and words with enough digits. At most 12.

    A number typed in groups is also tried whole, and nothing here needs its label.
    """
    capitals = query.upper()
    words = [normal(word) for word in query.split()]
    whole = normal("".join(word for word in query.split() if any(map(str.isdigit, word)) or word.isupper()))
    tried = [found.value for found in find(capitals)] + [value for value in (*words, whole) if _names(value)]
    return list(dict.fromkeys(tried))[:12]


def _names(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= _FEWEST_DIGITS["invoice"] and len(value) <= LONGEST and value.isalnum()
