"""What the usage endpoint gives."""

from typing import Any

from rest_framework import serializers

from .plans import PLANS


class LimitOut(serializers.Serializer[Any]):
    """``resets_at``: of a limit by day; null for what stands until it is deleted."""

    resource = serializers.CharField()
    limit = serializers.IntegerField()
    used = serializers.IntegerField()
    percent = serializers.FloatField()
    resets_at = serializers.DateTimeField(allow_null=True)


class UsageOut(serializers.Serializer[Any]):
    """``calls_…``: how calls of the language model are paced; null where they are not."""

    plan = serializers.ChoiceField(choices=list(PLANS))
    limits = LimitOut(many=True)
    calls_per_minute = serializers.IntegerField(allow_null=True)
    calls_at_once = serializers.IntegerField(allow_null=True)
