"""Everything about one person, asked of every source that the apps registered."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from passepartout.kernel.personal import Found, Source, Subject, sources

ROUNDS = 5  # of asking who somebody is; each wants an e-mail, a telephone or a row that was not known before
Tell = Callable[[str, int], None]
Spared = frozenset[tuple[str, UUID]]  # (source, thing)


def subject_of(given: dict[str, Any]) -> Subject:
    """From what a request says: ``email``, ``phone``, ``names``, ``client``, ``user``."""
    return Subject(
        emails=frozenset(filter(None, [given.get("email")])),
        phones=frozenset(filter(None, [given.get("phone")])),
        names=frozenset(given.get("names") or []),
        clients=frozenset(map(UUID, filter(None, [given.get("client")]))),
        users=frozenset(map(UUID, filter(None, [given.get("user")]))),
    )


def packed(subject: Subject) -> dict[str, list[str]]:
    """As JSON values; `unpacked` gives it back."""
    return {
        "emails": sorted(subject.emails),
        "phones": sorted(subject.phones),
        "names": sorted(subject.names),
        "clients": sorted(map(str, subject.clients)),
        "users": sorted(map(str, subject.users)),
        "documents": sorted(map(str, subject.documents)),
    }


def unpacked(values: dict[str, list[str]]) -> Subject:
    said: dict[str, Any] = {name: frozenset(values.get(name, [])) for name in ("emails", "phones", "names")}
    rows: dict[str, Any] = {
        name: frozenset(map(UUID, values.get(name, []))) for name in ("clients", "users", "documents")
    }
    return Subject(**said, **rows)


def find(
    subject: Subject, *, spared: Spared = frozenset(), tell: Tell | None = None
) -> tuple[Subject, list[tuple[Source, Found]]]:
    """Who the person turned out to be, and all that is about them. Outside any transaction, in the tenant's scope.

    ``spared`` are somebody else's, as a person decided: they lead to nothing.
    """
    subject = identified(subject, spared)
    found: list[tuple[Source, Found]] = []
    for source in sources():
        each = list(source.find(subject))
        found += [(source, one) for one in each]
        subject |= _led_to(source, each, spared)
        if tell is not None:
            tell(source.name, len(found))
    return subject, found


def identified(subject: Subject, spared: Spared = frozenset()) -> Subject:
    """With everything that leads from one of their rows to another."""
    for _ in range(ROUNDS):
        wider = subject
        for source in sources():
            if source.identity:
                wider |= _led_to(source, source.find(wider), spared)
        if wider == subject:
            return subject
        subject = wider
    return subject


def _led_to(source: Source, found: Iterable[Found], spared: Spared) -> Subject:
    led = Subject()
    for one in found:
        if (source.name, one.ident) not in spared:
            led |= one.leads_to
    return led
