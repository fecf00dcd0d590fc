"""Where personal content lies: each app registers what it holds, so that a person's request reaches all of it.

A `Source` finds what is about a person, gives it out, and erases it. `privacy` asks them in the order of their rank:
who the person is first, then what is theirs, then what mentions them or repeats what is theirs.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, BinaryIO
from uuid import UUID

REASONS = ("itself", "same_name", "linked", "authored", "mentions", "cites", "same_content")
SHORTEST_TERM = 5  # characters: "Paul" alone would find everybody of that name
PHONE_DIGITS = 9  # of a number, from its end: with and without its country
_ACCENTS = re.compile("[\u0300-\u036f]+")
_PHONE = re.compile(r"\+?\d(?:[\s.()/-]{0,3}\d){8,14}")


@dataclass(frozen=True)
class Subject:
    """A person as far as they are known: how they are written, and which rows they are or own."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    clients: frozenset[UUID] = frozenset()
    users: frozenset[UUID] = frozenset()
    documents: frozenset[UUID] = frozenset()

    def __or__(self, other: "Subject") -> "Subject":
        return Subject(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Found:
    """One thing about the person. ``reason``: one of REASONS.

    ``label`` is for the person who reviews it, empty where it is not theirs to see. ``given`` False: it is left out of
    an export, because it is somebody else's (Article 15(4) GDPR). ``leads_to`` widens the search.
    """

    ident: UUID
    reason: str
    label: str = ""
    given: bool = True
    leads_to: Subject = Subject()


@dataclass(frozen=True)
class File:
    """Bytes to give out: ``open`` is called when they are written."""

    name: str
    open: Callable[[], BinaryIO]


Find = Callable[[Subject], Iterable[Found]]
Give = Callable[[UUID], Mapping[str, Any] | None]
Erase = Callable[[UUID], None]
Files = Callable[[UUID], Iterable[File]]


def _no_files(_: UUID) -> Iterable[File]:
    return ()


@dataclass(frozen=True)
class Source:
    """All are called in the organization's scope, outside a transaction, and open their own short ones.

    ``give`` is None for what is gone. ``erase`` may be called again for what was erased already, or half: it then does
    the rest. ``reviewed``: a person decides for each whether it must be kept by law. ``identity``: what it finds may
    lead to more of its own kind, so that it is asked until nothing new comes.
    """

    name: str
    rank: int
    find: Find
    give: Give
    erase: Erase
    files: Files = _no_files
    reviewed: bool = False
    identity: bool = False


@dataclass(frozen=True)
class Kept:
    """What is never erased, by law or by nature, and ``because`` of what (a code); ``count`` says how much of it."""

    name: str
    because: str
    count: Callable[[Subject], int]


_sources: dict[str, Source] = {}
_kept: dict[str, Kept] = {}


def register_source(source: Source) -> None:
    """Called by an app's `ready`."""
    _sources[source.name] = source


def register_kept(kept: Kept) -> None:
    """Called by an app's `ready`."""
    _kept[kept.name] = kept


def sources() -> list[Source]:
    """By rank: in this order they are asked, and backwards they erase, so that who it is goes last."""
    return sorted(_sources.values(), key=lambda source: (source.rank, source.name))


def source(name: str) -> Source | None:
    """None when the app that registered it is not installed any more."""
    return _sources.get(name)


def kept() -> list[Kept]:
    return list(_kept.values())


@dataclass(frozen=True)
class Mentions:
    """Whether a text names the person: whole e-mail addresses and names in any case and accents, telephone numbers
    however they are grouped. A name of one word, or of fewer than SHORTEST_TERM letters, is not looked for."""

    terms: tuple[re.Pattern[str], ...] = field(default=())
    phones: frozenset[str] = frozenset()

    @classmethod
    def of(cls, subject: Subject) -> "Mentions":
        said = [folded(name) for name in subject.names]
        names = {name for name in said if " " in name and len(name) >= SHORTEST_TERM}
        emails = {folded(email) for email in subject.emails if "@" in email}
        terms = (
            *(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in sorted(names)),
            *(re.compile(rf"(?<![\w.+-]){re.escape(email)}(?![\w-]|\.\w)") for email in sorted(emails)),
        )
        return cls(terms, frozenset(filter(None, map(_tail, subject.phones))))

    def __bool__(self) -> bool:
        return bool(self.terms or self.phones)

    def named_in(self, *texts: str) -> bool:
        return any(self._in(text) for text in texts if text)

    def _in(self, text: str) -> bool:
        plain = folded(text)
        if any(term.search(plain) for term in self.terms):
            return True
        return bool(self.phones) and any(tail in self.phones for tail in _tails(plain))


def folded(text: str) -> str:
    """Lower case, no accents, single spaces."""
    plain = text.casefold()
    if not plain.isascii():
        plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return " ".join(plain.split())


def _tails(text: str) -> Iterator[str]:
    return (tail for match in _PHONE.finditer(text) if (tail := _tail(match[0])))


def _tail(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else ""
