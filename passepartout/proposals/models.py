"""What a model proposed to read or change, and what people decided about it."""

from django.db import models
from django.db.models import F, Q

from passepartout.kernel.fields import EncryptedTextField
from passepartout.kernel.machines import machine
from passepartout.kernel.rls import TenantReference
from passepartout.kernel.tenant import TenantModel
from passepartout.llm.models import LlmJob

PROPOSAL = machine(
    "proposal",
    start="proposed",
    table="""
    invalidate: proposed -> invalid!
    submit: proposed -> pending_approval!
    allow: proposed -> approved!
    approve: pending_approval -> approved
    reject: pending_approval -> rejected
    cancel: pending_approval | approved -> cancelled
    expire: pending_approval | approved -> expired!
    execute: approved -> executing
    done: executing -> executed!
    fail: executing -> failed!
    return: executing -> pending_approval!
    """,
)


class Proposal(TenantModel):
    """``sql`` is the canonical text that people read; ``sha256`` is its hash with everything else that would run.

    ``reading`` says what it does in plain French and English. ``preview`` and ``result`` are rows as JSON: of a
    change, before and after; of a read, what it gave.
    """

    class Kind(models.TextChoices):
        READ = "read"
        WRITE = "write"

    class Risk(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True)
    risk = models.CharField(max_length=8, choices=Risk.choices, blank=True)
    status = models.CharField(max_length=20, default=PROPOSAL.start)
    requester = models.UUIDField()
    question = EncryptedTextField(blank=True)
    source = models.CharField(max_length=32)
    llm_job = models.ForeignKey(LlmJob, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)
    proposed_sql = EncryptedTextField()
    sql = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    reading = models.JSONField(default=dict)
    tables = models.JSONField(default=list)
    refusal_code = models.CharField(max_length=32, blank=True)
    refusal_name = models.CharField(max_length=64, blank=True)
    estimated_rows = models.BigIntegerField(null=True)
    preview = models.JSONField(null=True)
    preview_sha256 = models.CharField(max_length=64, blank=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    told_at = models.DateTimeField(null=True)  # when the event that it ran was published
    error_code = models.CharField(max_length=32, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "proposals"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="llm_job", name="proposals_llm_job"),
            # Four eyes, also where a service forgets it.
            models.CheckConstraint(
                condition=Q(kind="read") | Q(decided_by=None) | ~Q(decided_by=F("requester")),
                name="proposals_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["org", "-created_at", "-id"], name="proposals_recent"),
            models.Index(fields=["org", "status", "-created_at"], name="proposals_by_status"),
            models.Index(fields=["executed_at"], name="proposals_untold", condition=Q(status="executed", told_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.status}"


class SqlPolicy(TenantModel):
    """What an organization lets run without asking a person. One row at most; without it nothing runs unasked."""

    reads_at_once = models.JSONField(default=list)  # roles

    class Meta(TenantModel.Meta):
        db_table = "sql_policies"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["org"], name="sql_policies_one"),
        ]

    def __str__(self) -> str:
        return str(self.org_id)
