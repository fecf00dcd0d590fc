"""What people ask about their own data, what was found and done; how long an organization keeps things."""

from django.db import models

from passepartout.kernel.fields import EncryptedJSONField, EncryptedTextField
from passepartout.kernel.machines import machine
from passepartout.kernel.rls import TenantReference
from passepartout.kernel.tenant import TenantModel

DATA_REQUEST = machine(
    "data request",
    start="received",
    table="""
    preview: received -> preview!
    search: received|preview -> received
    confirm: preview -> confirmed
    refuse: received|preview -> refused
    run: confirmed -> running!
    return: confirmed|running -> preview!
    stop: running|confirmed -> confirmed!
    resume: confirmed -> confirmed
    finish: running -> done!
    """,
)


class DataRequest(TenantModel):
    """One request of one person. ``subject`` is who, as it was given; ``resolved`` is who that turned out to be.

    When it is over, both are emptied with ``note`` and the items' labels: what stays is the receipt, which names
    nobody, and its hash.
    """

    class Kind(models.TextChoices):
        EXPORT = "export"
        ERASURE = "erasure"

    class Refusal(models.TextChoices):
        IDENTITY = "identity_not_proven"
        UNFOUNDED = "unfounded"
        EXCESSIVE = "excessive"
        LAW = "kept_by_law"
        WITHDRAWN = "withdrawn"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=16, default=DATA_REQUEST.start)
    subject = EncryptedJSONField(blank=True, default=dict)
    resolved = EncryptedJSONField(blank=True, default=dict)
    note = EncryptedTextField(blank=True, default="")
    requested_by = models.UUIDField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    due_on = models.DateField()
    refusal = models.CharField(max_length=24, choices=Refusal.choices, blank=True, default="")
    error_code = models.CharField(max_length=64, blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    receipt = models.JSONField(null=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True, default="")
    storage_path = models.CharField(max_length=200, blank=True, default="")
    size = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        db_table = "data_requests"
        indexes = [models.Index(fields=["org", "-created_at", "-id"], name="data_requests_recent")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.status}"


class DataRequestItem(TenantModel):
    """One thing that was found. ``because`` says by what law it is kept, or left out; empty: it is not."""

    class Because(models.TextChoices):
        ACCOUNTING = "accounting"
        CONTRACT = "contract"
        CLAIM = "claim"
        REGISTER = "register"
        OTHERS = "others_rights"
        SOMEBODY_ELSE = "somebody_else"

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"

    request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="items", db_constraint=False)
    source = models.CharField(max_length=32)
    object_id = models.UUIDField()
    reason = models.CharField(max_length=16)
    label = EncryptedTextField(blank=True, default="")
    given = models.BooleanField(default=True)
    because = models.CharField(max_length=16, choices=Because.choices, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)

    class Meta(TenantModel.Meta):
        db_table = "data_request_items"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="request", name="data_request_items_request"),
            models.UniqueConstraint(fields=["org", "request", "source", "object_id"], name="data_request_items_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.object_id}"


class RetentionChoice(TenantModel):
    """For how many days an organization keeps what a rule erases; without a row, the rule's default holds."""

    rule = models.CharField(max_length=32)
    days = models.IntegerField()

    class Meta(TenantModel.Meta):
        db_table = "retention_choices"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["org", "rule"], name="retention_choices_one"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.days}"
