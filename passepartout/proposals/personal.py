"""Proposals as personal content: those whose question, statement or rows name a person.

Erasing one empties all that was said and read. Who decided what and when stays; what waits is called off.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from passepartout.kernel.personal import Found, Mentions, Source, Subject
from passepartout.kernel.scope import tenant_transaction

from .models import PROPOSAL, Proposal

PAGE = 200
EMPTY: dict[str, Any] = {
    "question": "", "proposed_sql": "", "sql": "", "reading": {}, "preview": None, "result": None, "comment": "",
}  # fmt: skip
WAITING = PROPOSAL.transitions["cancel"].sources
OVER = frozenset(PROPOSAL.states) - WAITING - {PROPOSAL.start, "executing"}


def find(subject: Subject) -> Iterator[Found]:
    mentions = Mentions.of(subject)
    if not mentions:
        return
    for row in _rows():
        rows = (json.dumps(value, ensure_ascii=False, default=str) for value in (row.preview, row.result))
        if mentions.named_in(row.question, row.proposed_sql, row.sql, row.comment, *rows):
            yield Found(row.pk, "mentions", given=False)


def _rows() -> Iterator[Proposal]:
    last = UUID(int=0)
    while True:
        with tenant_transaction():
            page = list(_told().filter(pk__gt=last).order_by("pk")[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].pk


def _told() -> Any:
    return Proposal.objects.exclude(proposed_sql="")


def give(ident: UUID) -> dict[str, Any] | None:
    with tenant_transaction():
        row = Proposal.objects.filter(pk=ident).first()
        return row and {"at": row.created_at, "question": row.question, "sql": row.sql}


def erase(ident: UUID) -> None:
    with tenant_transaction():
        rows = Proposal.objects.filter(pk=ident)
        rows.filter(status__in=WAITING).update(status=PROPOSAL.transitions["cancel"].target)
        rows.update(**EMPTY)


def expire(before: datetime, limit: int) -> int:
    """Empty at most ``limit`` proposals that are older and over."""
    with tenant_transaction():
        old = _told().filter(created_at__lt=before, status__in=OVER).order_by("created_at")
        idents = list(old.values_list("pk", flat=True)[:limit])
        return int(Proposal.objects.filter(pk__in=idents).update(**EMPTY))


PROPOSALS = Source("proposals", 55, find, give, erase)
