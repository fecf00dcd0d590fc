from typing import Any

from rest_framework import serializers

from .models import AuditLog, AuditSeal


class AuditLineOut(serializers.ModelSerializer[AuditLog]):
    class Meta:
        model = AuditLog
        fields = ["id", "action_type", "object_type", "object_id", "user_id", "approved_by", "sql_query", "request_id",
                  "detail", "created_at"]  # fmt: skip


class SealOut(serializers.ModelSerializer[AuditSeal]):
    class Meta:
        model = AuditSeal
        fields = ["seq", "hash", "sealed_at"]


class AnchorOut(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    hash = serializers.CharField()
    at = serializers.DateTimeField()


class VerifiedOut(serializers.Serializer[Any]):
    """The last verification, as the log tells of it. ``faults``: how many."""

    at = serializers.DateTimeField(source="created_at")
    user_id = serializers.UUIDField(allow_null=True)
    after = serializers.IntegerField(source="detail.after")
    to = serializers.IntegerField(source="detail.to")
    hash = serializers.CharField(source="detail.hash")
    complete = serializers.BooleanField(source="detail.complete")
    faults = serializers.IntegerField(source="detail.faults")


class ChainStateOut(serializers.Serializer[Any]):
    """``anchored``: the last head whose signature is kept outside the database."""

    head = SealOut(allow_null=True)
    unsealed = serializers.IntegerField()
    anchored = AnchorOut(allow_null=True)
    verified = VerifiedOut(allow_null=True)


class VerifyIn(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, max_value=2**62, required=False, default=0)


class VerificationOut(serializers.Serializer[Any]):
    """``complete``: ``to`` is the head. ``faults``: one sentence each."""

    after = serializers.IntegerField()
    to = serializers.IntegerField()
    hash = serializers.CharField()
    complete = serializers.BooleanField()
    faults = serializers.ListField(child=serializers.CharField())
