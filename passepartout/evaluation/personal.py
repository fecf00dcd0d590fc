"""Golden questions as personal content: those that name a person, or whose answer lies in an erased document."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from passepartout.audit.services import record
from passepartout.kernel.personal import Found, Mentions, Source, Subject
from passepartout.kernel.scope import tenant_transaction

from .models import GoldenQuestion


def find(subject: Subject) -> Iterator[Found]:
    mentions = Mentions.of(subject)
    documents = {str(ident) for ident in subject.documents}
    with tenant_transaction():
        rows = list(GoldenQuestion.objects.order_by("pk"))
    for row in rows:
        said = [row.question, *(str(place.get("words") or "") for place in row.expected)]
        if mentions and mentions.named_in(*said):
            yield Found(row.pk, "mentions", row.question)
        elif documents & {str(place.get("document")) for place in row.expected}:
            yield Found(row.pk, "cites", row.question, given=False)


def give(ident: UUID) -> dict[str, Any] | None:
    with tenant_transaction():
        row = GoldenQuestion.objects.filter(pk=ident).first()
    return row and {"question": row.question, "since": row.created_at}


def erase(ident: UUID) -> None:
    with tenant_transaction():
        for row in GoldenQuestion.objects.filter(pk=ident):
            record("golden.question_removed", row)
            row.delete()


GOLDEN_QUESTIONS = Source("golden_questions", 65, find, give, erase, reviewed=True)
