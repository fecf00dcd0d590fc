"""Every answer that an engine gave, with what it was given: enough to tell later why it said so."""

from django.db import models

from passepartout.kernel.tenant import TenantModel


class LlmJob(TenantModel):
    """One call. ``context_refs`` are labels of the chunks shown to the engine; ``engine`` says which one spoke."""

    class Status(models.TextChoices):
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    user_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=32)
    engine = models.CharField(max_length=64)
    model = models.CharField(max_length=100, blank=True)
    prompt = models.TextField()
    parameters = models.JSONField(default=dict)
    context_refs = models.JSONField(default=list)
    status = models.CharField(max_length=16, choices=Status.choices)
    result = models.TextField(blank=True)
    confidence = models.FloatField(null=True)
    tokens_in = models.IntegerField(default=0)
    tokens_out = models.IntegerField(default=0)
    latency_ms = models.IntegerField(default=0)
    cost_estimate = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    requires_approval = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        db_table = "llm_jobs"
        indexes = [models.Index(fields=["org", "-created_at", "-id"], name="llm_jobs_recent")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.engine}"
