"""Every answer that an engine gave, with what it was given; the prompts that an organization wrote for itself."""

from django.db import models

from passepartout.kernel.fields import EncryptedTextField
from passepartout.kernel.rls import TenantReference
from passepartout.kernel.tenant import TenantModel


class LlmJob(TenantModel):
    """One call. ``context_refs`` are labels of the chunks shown to the engine; ``engine`` says which one spoke.

    ``prompt`` is the question, or for a language model all that it was told (JSON messages). A call that failed keeps
    the error's code in ``fallback_reason``, as does the answer that another engine gave instead.
    """

    class Status(models.TextChoices):
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        STOPPED = "stopped"

    user_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=32)
    engine = models.CharField(max_length=64)
    model = models.CharField(max_length=100, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True, default="")
    prompt = EncryptedTextField()
    prompt_key = models.CharField(max_length=32, blank=True, default="")
    prompt_version = models.IntegerField(null=True)  # 0: the one in the code
    prompt_sha256 = models.CharField(max_length=64, blank=True, default="")
    parameters = models.JSONField(default=dict)
    context_refs = models.JSONField(default=list)
    status = models.CharField(max_length=16, choices=Status.choices)
    result = EncryptedTextField(blank=True)
    fallback_reason = models.CharField(max_length=64, blank=True, default="")
    confidence = models.FloatField(null=True)
    tokens_in = models.IntegerField(default=0)
    tokens_out = models.IntegerField(default=0)
    latency_ms = models.IntegerField(default=0)
    first_token_ms = models.IntegerField(default=0)
    cost_estimate = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    erased_at = models.DateTimeField(null=True)  # prompt, result and context_refs are empty since
    requires_approval = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        db_table = "llm_jobs"
        indexes = [models.Index(fields=["org", "-created_at", "-id"], name="llm_jobs_recent")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.engine}"


class PromptVersion(TenantModel):
    """A version of a prompt that the organization wrote. Never changed: another version is written instead."""

    key = models.CharField(max_length=32)
    number = models.IntegerField()
    templates = models.JSONField()  # {"fr": {"system": …, "user": …}, "en": …}
    parameters = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True, default="")
    created_by = models.UUIDField()

    class Meta(TenantModel.Meta):
        db_table = "prompt_versions"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["org", "key", "number"], name="prompt_versions_number"),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="prompt_versions_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class PromptLabel(TenantModel):
    """Which version a label names now; without a row, or without a version, the one in the code."""

    class Name(models.TextChoices):
        PRODUCTION = "production"
        STAGING = "staging"

    key = models.CharField(max_length=32)
    name = models.CharField(max_length=16, choices=Name.choices)
    version = models.ForeignKey(
        PromptVersion, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "prompt_labels"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="version", name="prompt_labels_version"),
            models.UniqueConstraint(fields=["org", "key", "name"], name="prompt_labels_name"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"


class PromptLabelMove(TenantModel):
    """The history of the labels: from which version (0: the code's) to which, by whom, with what warnings."""

    key = models.CharField(max_length=32)
    name = models.CharField(max_length=16, choices=PromptLabel.Name.choices)
    before = models.IntegerField()
    after = models.IntegerField()
    note = models.CharField(max_length=300, blank=True, default="")
    warnings = models.JSONField(default=list)
    moved_by = models.UUIDField()

    class Meta(TenantModel.Meta):
        db_table = "prompt_label_moves"
        indexes = [models.Index(fields=["org", "key", "-created_at"], name="prompt_label_moves_recent")]

    def __str__(self) -> str:
        return f"{self.key} {self.name} {self.after}"
