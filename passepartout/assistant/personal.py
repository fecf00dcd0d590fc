"""Conversations as personal content: a person's own whole, and in others' the turns that name the person.

A turn is a question with its answer: one without the other still tells of what it was about.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from passepartout.kernel.personal import Found, Mentions, Source, Subject
from passepartout.kernel.scope import tenant_transaction

from .models import Conversation, Message

PAGE = 200


def find_conversations(subject: Subject) -> Iterator[Found]:
    with tenant_transaction():
        idents = list(Conversation.objects.filter(user_id__in=subject.users).values_list("pk", flat=True))
    yield from (Found(ident, "authored") for ident in idents)


def find_messages(subject: Subject) -> Iterator[Found]:
    mentions = Mentions.of(subject)
    documents = {str(ident) for ident in subject.documents}
    for conversation in _others(subject):
        with tenant_transaction():
            rows = list(Message.objects.filter(conversation=conversation).exclude(status=Message.Status.ERASED)
                        .order_by("created_at", "pk"))  # fmt: skip
            reasons = {row.pk: reason for row in rows if (reason := _reason(row, mentions, documents))}
        for question, answer in pairwise(rows):
            if (question.role, answer.role) == (Message.Role.USER, Message.Role.ASSISTANT):
                both = reasons.get(question.pk) or reasons.get(answer.pk)
                reasons |= {question.pk: both, answer.pk: both} if both else {}
        yield from (Found(ident, reason, given=False) for ident, reason in reasons.items())


def _others(subject: Subject) -> Iterator[UUID]:
    last = UUID(int=0)
    while True:
        with tenant_transaction():
            rows = Conversation.objects.filter(pk__gt=last).exclude(user_id__in=subject.users).order_by("pk")
            page = list(rows.values_list("pk", flat=True)[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def _reason(row: Message, mentions: Mentions, documents: set[str]) -> str:
    if documents & {str(citation.get("document")) for citation in row.citations}:
        return "cites"
    return "mentions" if mentions and mentions.named_in(row.text) else ""


def give_conversation(ident: UUID) -> dict[str, Any] | None:
    with tenant_transaction():
        row = Conversation.objects.filter(pk=ident).first()
        if row is None:
            return None
        messages = Message.objects.filter(conversation=row).order_by("created_at", "pk")
        return {
            "title": row.title,
            "begun_at": row.created_at,
            "messages": [{"at": each.created_at, "role": each.role, "text": each.text} for each in messages],
        }


def give_message(ident: UUID) -> dict[str, Any] | None:
    with tenant_transaction():
        row = Message.objects.filter(pk=ident).first()
        return row and {"at": row.created_at, "role": row.role, "text": row.text}


def erase_conversation(ident: UUID) -> None:
    with tenant_transaction():
        Conversation.objects.filter(pk=ident).delete()


def erase_message(ident: UUID) -> None:
    """With the title, where the title is the beginning of this question."""
    with tenant_transaction():
        row = Message.objects.select_for_update().filter(pk=ident).first()
        if row is None:
            return
        if row.conversation.title and row.text.startswith(row.conversation.title):
            row.conversation.title = ""
            row.conversation.save(update_fields=["title"])
        row.text, row.citations, row.sentences, row.sources = "", [], [], []
        row.status = Message.Status.ERASED
        row.save(update_fields=["text", "citations", "sentences", "sources", "status"])


def expire(before: datetime, limit: int) -> int:
    """Delete at most ``limit`` conversations that were last used before."""
    with tenant_transaction():
        old = Conversation.objects.filter(updated_at__lt=before).order_by("updated_at")
        idents = list(old.values_list("pk", flat=True)[:limit])
        Conversation.objects.filter(pk__in=idents).delete()
        return len(idents)


SOURCES = (
    Source("conversations", 60, find_conversations, give_conversation, erase_conversation),
    Source("messages", 61, find_messages, give_message, erase_message),
)
