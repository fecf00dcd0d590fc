from rest_framework import serializers

from .models import AuditLog


class AuditLineOut(serializers.ModelSerializer[AuditLog]):
    class Meta:
        model = AuditLog
        fields = ["id", "action_type", "object_type", "object_id", "user_id", "approved_by", "sql_query", "request_id",
                  "detail", "created_at"]  # fmt: skip
