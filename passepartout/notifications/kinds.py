"""What becomes a notification: of which event, for whom, in which words, and how unless the reader wishes otherwise."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from passepartout.documents.events import DocumentEvent
from passepartout.kernel.events import Event
from passepartout.proposals.events import ProposalDecided, ProposalEvent, ProposalExecuted
from passepartout.proposals.selectors import approvers_of

Readers = Callable[[Event], tuple[UUID, ...]]


@dataclass(frozen=True)
class Kind:
    """``events`` it is made of; ``readers`` tells whose business one is, in the organization's scope: nobody's where it
    says something else. ``fr``, ``en``: what a reader is told. ``in_app`` and ``email`` are the defaults."""

    events: frozenset[str]
    readers: Readers
    fr: str
    en: str
    in_app: bool = True
    email: bool = False

    def said(self, locale: str) -> str:
        return self.fr if locale.startswith("fr") else self.en


def _uploader(event: Event) -> tuple[UUID, ...]:
    return (event.uploader,) if isinstance(event, DocumentEvent) and event.uploader else ()


def _document(kind: str, fr: str, en: str) -> Kind:
    return Kind(frozenset({kind}), _uploader, fr, en)


def _approvers(event: Event) -> tuple[UUID, ...]:
    """Also of a change whose rows moved on, which has to be approved again."""
    waits = isinstance(event, ProposalEvent) and event.status == "pending_approval"
    return approvers_of(event.subject) if waits else ()


def _requester(*statuses: str) -> Readers:
    def readers(event: Event) -> tuple[UUID, ...]:
        mine = isinstance(event, ProposalEvent) and event.requester is not None and event.status in statuses
        return (event.requester,) if mine else ()  # type: ignore[attr-defined]

    return readers


def _outcome(event: type[ProposalEvent], status: str, fr: str, en: str) -> Kind:
    return Kind(frozenset({event.kind}), _requester(status), fr, en)


KINDS = {
    "document.indexed": _document("document.indexed", "Le document est prêt.", "The document is ready."),
    "document.failed": _document(
        "document.failed", "Le document n’a pas pu être lu : la faute est de notre côté.",
        "The document could not be read: the fault is ours.",
    ),
    "document.rejected": _document(
        "document.rejected", "Le document n’a pas été accepté.", "The document was not accepted."
    ),
    "proposal.needs_approval": Kind(
        frozenset({"proposal.made", "proposal.decided"}), _approvers, "Une proposition attend votre décision.",
        "A proposal waits for your decision.",
    ),
    "proposal.approved": _outcome(
        ProposalDecided, "approved", "Votre proposition est approuvée.", "Your proposal is approved."
    ),
    "proposal.rejected": _outcome(
        ProposalDecided, "rejected", "Votre proposition est refusée.", "Your proposal is rejected."
    ),
    "proposal.expired": _outcome(
        ProposalDecided, "expired", "Votre proposition a expiré sans décision.", "Your proposal expired undecided."
    ),
    "proposal.executed": _outcome(
        ProposalExecuted, "executed", "Votre proposition est exécutée.", "Your proposal was carried out."
    ),
    "proposal.failed": _outcome(
        ProposalExecuted, "failed", "Votre proposition a échoué.", "Your proposal failed."
    ),
}  # fmt: skip
EVENTS = frozenset().union(*(kind.events for kind in KINDS.values()))


def told_of(event: Event) -> Iterator[tuple[str, tuple[UUID, ...]]]:
    """The kinds that an event becomes, each with its readers. In the organization's tenant transaction."""
    for name, kind in KINDS.items():
        if event.kind in kind.events and (readers := kind.readers(event)):
            yield name, readers
