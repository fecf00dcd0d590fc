"""Reading conversations: one's own only."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from engines.text.analysis import fold
from passepartout.documents.selectors import documents_visible_to
from passepartout.kernel.errors import NotFound
from passepartout.llm.selectors import asks_since
from passepartout.tenancy.callers import Caller

from .models import Conversation, Message
from .prompting import Turn


def conversations_of(caller: Caller, *, saying: str = "") -> Any:
    """The caller's, last used first; ``saying`` keeps those whose title or questions have all of its words.

    What was said is encrypted: it is opened here, row by row, and compared without case and accents.
    """
    mine = Conversation.objects.filter(user_id=caller.user.pk).order_by("-updated_at", "-id")
    words = fold(saying).split()
    if not words:
        return mine
    said = {row.pk: [row.title] for row in mine.only("id", "org_id", "title")}
    asked = Message.objects.filter(conversation__user_id=caller.user.pk, role=Message.Role.USER)
    for message in asked.only("id", "org_id", "conversation_id", "text").iterator():
        said.setdefault(message.conversation_id, []).append(message.text)
    texts = {ident: fold(" ".join(parts)) for ident, parts in said.items()}
    return mine.filter(pk__in=[ident for ident, text in texts.items() if all(word in text for word in words)])


def conversation_of(caller: Caller, ident: UUID) -> Conversation:
    """Raises NotFound, for another user's as for none."""
    found: Conversation | None = conversations_of(caller).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def messages_in(conversation: Conversation) -> Any:
    rows = Message.objects.filter(conversation=conversation).select_related("proposal")
    return rows.order_by("created_at", "id")


def titles_of(caller: Caller, messages: Iterable[Message]) -> dict[str, str]:
    """Of the documents that were searched for these answers: those that the caller may see now, by id."""
    wanted = {source["document"] for message in messages for source in message.sources}
    rows = documents_visible_to(caller).filter(pk__in=wanted).values_list("pk", "title")
    return {str(ident): title for ident, title in rows}


def last_turn(conversation: Conversation) -> Turn:
    """The last question of a conversation, with its answer."""
    rows = list(messages_in(conversation).order_by("-created_at", "-id")[:2])
    by_role = {row.role: row.text for row in rows}
    return Turn(by_role.get(Message.Role.USER, ""), by_role.get(Message.Role.ASSISTANT, ""))


def message_of(caller: Caller, ident: UUID) -> Message:
    """An answer in one of the caller's own conversations. Raises NotFound."""
    rows = Message.objects.filter(conversation__user_id=caller.user.pk, role=Message.Role.ASSISTANT)
    found: Message | None = rows.filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such answer.")
    return found


def asks_today() -> int:
    """Questions asked since midnight, UTC."""
    return asks_since(timezone.now().replace(hour=0, minute=0, second=0, microsecond=0))


def interrupted_answers(age: timedelta) -> list[tuple[UUID, UUID]]:
    """Organization and answer, of those that should have ended ``age`` ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT org_id, message_id FROM answers_interrupted(make_interval(secs => %s))", [age.total_seconds()]
        )
        return [(organization, message) for organization, message in cursor.fetchall()]


def documents_about(caller: Caller, *, client: UUID | None, project: UUID | None) -> list[UUID]:
    """Of the documents that the caller may see, those of a client, of a project, or of both. None for a foreign one."""
    named = {"client_id": client, "project_id": project}
    wanted = {name: ident for name, ident in named.items() if ident is not None}
    return list(documents_visible_to(caller).filter(**wanted).values_list("pk", flat=True))
