"""Reading conversations: one's own only."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from passepartout.kernel.errors import NotFound
from passepartout.llm.selectors import asks_since
from passepartout.tenancy.callers import Caller

from .models import Conversation, Message


def conversations_of(caller: Caller) -> Any:
    return Conversation.objects.filter(user_id=caller.user.pk).order_by("-updated_at", "-id")


def conversation_of(caller: Caller, ident: UUID) -> Conversation:
    """Raises NotFound, for another user's as for none."""
    found: Conversation | None = conversations_of(caller).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def messages_in(conversation: Conversation) -> Any:
    return Message.objects.filter(conversation=conversation).order_by("created_at", "id")


def asks_today() -> int:
    """Questions asked since midnight, UTC."""
    return asks_since(timezone.now().replace(hour=0, minute=0, second=0, microsecond=0))
