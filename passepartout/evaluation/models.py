"""Questions whose answers an organization knows, and how well it was answered when they were asked."""

from django.db import models

from passepartout.kernel.machines import machine
from passepartout.kernel.tenant import TenantModel

RUN_MACHINE = machine(
    "golden_run",
    start="queued",
    table="""
    finish: queued -> finished!
    fail: queued -> failed!
    accept: finished -> accepted
    """,
)


class GoldenQuestion(TenantModel):
    """``expected``: any of these places answers it, each ``{"document": id, "page": number or None, "words": text}``.
    None of them where the right answer is that nothing is known.
    """

    question = models.TextField()
    language = models.CharField(max_length=8)
    expected = models.JSONField(default=list)
    created_by = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        db_table = "golden_questions"

    def __str__(self) -> str:
        return str(self.pk)


class GoldenRun(TenantModel):
    """All golden questions asked once. ``change``: what was to come into use (`Change`), empty for a run on demand.

    ``subject`` says by what it was answered: model, recipe of the index, engines. ``fell`` names the scores that are
    worse than those of ``baseline``, the last accepted run then, by more than the tolerance. ``overridden_at``: an
    administrator lets the change pass all the same, once (``used_at``).
    """

    status = models.CharField(max_length=16, default=RUN_MACHINE.start)
    user_id = models.UUIDField(null=True)
    change = models.JSONField(default=dict)
    subject = models.JSONField(default=dict)
    scores = models.JSONField(null=True)
    results = models.JSONField(default=list)
    baseline = models.UUIDField(null=True)
    fell = models.JSONField(default=list)
    reason = models.CharField(max_length=500, blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    overridden_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        db_table = "golden_runs"
        indexes = [
            models.Index(fields=["org", "-created_at", "-id"], name="golden_runs_recent"),
            models.Index(
                fields=["org", "-accepted_at"], name="golden_runs_accepted", condition=models.Q(status="accepted")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"
