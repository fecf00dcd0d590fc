"""The audit log: append-only rows, chained by seals. Plain uuids, no foreign keys: it outlives what it tells of.

The runtime role may only read these tables under row-level security; it writes through the SQL functions of
migrations/0002_functions.py.
"""

from typing import ClassVar

from django.db import models

from passepartout.kernel.ids import new_id
from passepartout.kernel.rls import TenantRLS
from passepartout.kernel.tenant import TenantManager


class AuditRow(models.Model):
    org_id = models.UUIDField()
    objects: ClassVar[TenantManager] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        constraints = [TenantRLS(name="%(app_label)s_%(class)s_rls")]


class AuditLog(AuditRow):
    """One action. ``detail`` holds ids and hashes, never personal data: erasure must not break the chain."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user_id = models.UUIDField(null=True)
    action_type = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    sql_query = models.TextField(blank=True)
    approved_by = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta(AuditRow.Meta):
        db_table = "audit_logs"
        indexes = [models.Index(fields=["org_id", "-created_at", "-id"], name="audit_logs_recent")]

    def __str__(self) -> str:
        return f"{self.action_type} {self.object_type} {self.object_id}"


class AuditSeal(AuditRow):
    """Link ``seq`` of an organization's chain: sha256 over the link before, the number and the row's canonical text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seq = models.BigIntegerField()
    log_id = models.UUIDField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta(AuditRow.Meta):
        db_table = "audit_seals"
        constraints = [
            *AuditRow.Meta.constraints,
            models.UniqueConstraint(fields=["org_id", "seq"], name="audit_seals_seq"),
            models.UniqueConstraint(fields=["org_id", "log_id"], name="audit_seals_log"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:12]}"


class AuditPending(AuditRow):
    """Rows that wait for their seal."""

    log_id = models.UUIDField(primary_key=True)

    class Meta(AuditRow.Meta):
        db_table = "audit_pending"

    def __str__(self) -> str:
        return str(self.log_id)
