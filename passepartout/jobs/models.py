"""Work that outlives a request. PostgreSQL holds the truth; the queue only wakes workers up."""

from django.db import models

from passepartout.kernel.machines import machine
from passepartout.kernel.tenant import TenantModel

JOB = machine(
    "job",
    start="queued",
    table="""
    start: queued -> running!
    succeed: running -> succeeded!
    fail: running|queued -> failed!
    requeue: running -> queued!
    cancel: queued|running -> cancelled
    """,
)
OPEN = ["queued", "running"]


class Job(TenantModel):
    """``payload`` holds ids only. ``lease`` is the fencing token of the present attempt: writes without it are void."""

    kind = models.CharField(max_length=64)
    state = models.CharField(max_length=16, default=JOB.start)
    payload = models.JSONField(default=dict)
    subject_id = models.UUIDField(null=True, db_index=True)
    created_by = models.UUIDField(null=True)
    step = models.CharField(max_length=32, blank=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    attempt = models.IntegerField(default=0)
    max_attempts = models.IntegerField(default=3)
    lease = models.UUIDField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    run_after = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)

    class Meta(TenantModel.Meta):
        db_table = "jobs"
        indexes = [
            models.Index(fields=["org", "-created_at"], name="jobs_recent"),
            models.Index(fields=["state", "run_after"], name="jobs_open", condition=models.Q(state__in=OPEN)),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in OPEN

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"
