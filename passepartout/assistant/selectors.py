"""Reading conversations: one's own only."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from passepartout.kernel.errors import NotFound
from passepartout.llm.selectors import asks_since
from passepartout.tenancy.callers import Caller

from .models import Conversation, Message
from .prompting import Turn


def conversations_of(caller: Caller) -> Any:
    return Conversation.objects.filter(user_id=caller.user.pk).order_by("-updated_at", "-id")


def conversation_of(caller: Caller, ident: UUID) -> Conversation:
    """Raises NotFound, for another user's as for none."""
    found: Conversation | None = conversations_of(caller).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def messages_in(conversation: Conversation) -> Any:
    rows = Message.objects.filter(conversation=conversation).select_related("proposal")
    return rows.order_by("created_at", "id")


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
