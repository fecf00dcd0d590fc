"""Reading one's own notifications. The scope's user decides whose: row-level security shows no others."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from passepartout.documents.selectors import documents_visible_to
from passepartout.kernel.errors import NotFound
from passepartout.proposals.selectors import in_language, proposals_visible_to
from passepartout.tenancy.callers import Caller

from .kinds import KINDS
from .models import Notification, Preference


def notifications_of(caller: Caller) -> Any:
    """Those meant for the product's own list, newest first."""
    return Notification.objects.filter(user_id=caller.user.pk, in_app=True).order_by("-created_at", "-id")


def unread(caller: Caller) -> Any:
    return notifications_of(caller).filter(read_at=None)


def notification_of(caller: Caller, ident: UUID) -> Notification:
    """Raises NotFound: another reader's looks the same as none."""
    found: Notification | None = notifications_of(caller).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such notification.")
    return found


def titles(caller: Caller, rows: Iterable[Notification]) -> dict[UUID, str]:
    """What notifications are about, of what the caller may see now: titles of documents, readings of proposals."""
    every = list(rows)
    documents = {row.subject_id for row in every if row.kind.startswith("document.")}
    seen = documents_visible_to(caller).order_by().filter(pk__in=documents)
    found = dict(seen.values_list("pk", "title"))
    proposals = {row.subject_id for row in every if row.kind.startswith("proposal.")}
    for proposal in proposals_visible_to(caller).filter(pk__in=proposals) if proposals else ():
        found[proposal.pk] = in_language(caller, proposal.reading)
    return found


def preferences_of(user: UUID) -> dict[str, tuple[bool, bool]]:
    """(in the product, by e-mail) for every kind, in the user's scope."""
    chosen = {row.kind: (row.in_app, row.email) for row in Preference.objects.filter(user_id=user)}
    return {name: chosen.get(name, (kind.in_app, kind.email)) for name, kind in KINDS.items()}
