"""The outbox: events written in the transaction of what they tell of, and how far each subscriber has been told."""

from django.db import models

from passepartout.kernel.machines import machine
from passepartout.kernel.rls import TenantReference
from passepartout.kernel.tenant import TenantModel

DELIVERY = machine(
    "delivery",
    start="waiting",
    table="""
    deliver: waiting -> delivered!
    give_up: waiting -> dead!
    """,
)


class OutboxEvent(TenantModel):
    """``payload`` holds ids and states only (kernel/events.py). Never changed."""

    kind = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    payload = models.JSONField()

    class Meta(TenantModel.Meta):
        db_table = "outbox"
        indexes = [models.Index(fields=["created_at"], name="outbox_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Delivery(TenantModel):
    """What one subscriber is owed. While it is tried, ``run_after`` lies ahead: a courier that dies loses its turn."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries", db_constraint=False)
    subscriber = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    state = models.CharField(max_length=16, default=DELIVERY.start)
    attempt = models.IntegerField(default=0)
    run_after = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=64, blank=True, default="")

    class Meta(TenantModel.Meta):
        db_table = "outbox_deliveries"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantReference(field="event", name="outbox_deliveries_event"),
            models.UniqueConstraint(fields=["org", "event", "subscriber"], name="outbox_deliveries_once"),
        ]
        indexes = [
            models.Index(fields=["run_after"], name="outbox_due", condition=models.Q(state="waiting")),
            models.Index(
                fields=["org", "subscriber", "subject_id", "event"],
                name="outbox_in_order",
                condition=models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.subscriber} {self.state}"
