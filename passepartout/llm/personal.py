"""Recorded calls of engines as personal content: one's own, and what names a person or repeats an erased document.

Erasing one empties prompt, answer and the list of passages. That a call was made, by what and at what cost, stays.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from engines.text.citations import parse
from passepartout.kernel.personal import Found, Mentions, Source, Subject
from passepartout.kernel.scope import tenant_transaction

from .models import LlmJob

PAGE = 200
EMPTY: dict[str, Any] = {"prompt": "", "result": "", "context_refs": []}


def find(subject: Subject) -> Iterator[Found]:
    mentions = Mentions.of(subject)
    documents = {str(ident) for ident in subject.documents}
    for row in _rows():
        reason = _reason(row, subject, mentions, documents)
        if reason:
            yield Found(row.pk, reason, given=reason == "authored")


def _reason(row: LlmJob, subject: Subject, mentions: Mentions, documents: set[str]) -> str:
    if row.user_id in subject.users:
        return "authored"
    if documents & {cited.document_id for label in row.context_refs for cited in parse(label)}:
        return "cites"
    return "mentions" if mentions and mentions.named_in(row.prompt, row.result) else ""


def _rows() -> Iterator[LlmJob]:
    last = UUID(int=0)
    while True:
        with tenant_transaction():
            page = list(LlmJob.objects.filter(pk__gt=last, erased_at=None).order_by("pk")[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].pk


def give(ident: UUID) -> dict[str, Any] | None:
    with tenant_transaction():
        row = LlmJob.objects.filter(pk=ident, erased_at=None).first()
        return row and {
            "at": row.created_at,
            "purpose": row.purpose,
            "engine": row.engine,
            "model": row.model,
            "prompt": row.prompt,
            "answer": row.result,
        }


def erase(ident: UUID) -> None:
    with tenant_transaction():
        LlmJob.objects.filter(pk=ident, erased_at=None).update(erased_at=Now(), **EMPTY)


def expire(before: datetime, limit: int) -> int:
    """Empty the texts of at most ``limit`` calls that are older."""
    with tenant_transaction():
        old = LlmJob.objects.filter(created_at__lt=before, erased_at=None).order_by("created_at")
        idents = list(old.values_list("pk", flat=True)[:limit])
        return int(LlmJob.objects.filter(pk__in=idents).update(erased_at=Now(), **EMPTY))


LLM_JOBS = Source("llm_jobs", 50, find, give, erase)
