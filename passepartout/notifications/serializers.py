from typing import Any

from rest_framework import serializers

from .kinds import KINDS
from .models import Notification


class NotificationOut(serializers.ModelSerializer[Notification]):
    """``title`` is that of what it is about; empty when the reader may not see that (any more)."""

    text = serializers.SerializerMethodField(help_text="what happened, in the reader's language")
    title = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = ["id", "kind", "text", "subject_id", "title", "created_at", "read_at"]

    def get_text(self, row: Notification) -> str:
        kind = KINDS.get(row.kind)
        return kind.said(self.context["locale"]) if kind is not None else ""

    def get_title(self, row: Notification) -> str:
        titles: dict[Any, str] = self.context["titles"]
        return titles.get(row.subject_id, "")


class UnreadOut(serializers.Serializer[Any]):
    unread = serializers.IntegerField()


class PreferenceOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    in_app = serializers.BooleanField()
    email = serializers.BooleanField()


class PreferenceChange(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=sorted(KINDS))
    in_app = serializers.BooleanField(required=False)
    email = serializers.BooleanField(required=False)
