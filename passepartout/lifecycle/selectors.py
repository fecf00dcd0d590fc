"""Reading the outbox. The look-ups across organizations give ids and numbers, no content."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from .models import Delivery, OutboxEvent


def due() -> Any:
    """Deliveries whose turn it is, oldest event first: of one subject's events a subscriber gets the first that it
    has not had."""
    earlier = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"),
        subject_id=OuterRef("subject_id"),
        state="waiting",
        event_id__lt=OuterRef("event_id"),
    )
    waiting = Delivery.objects.filter(~Exists(earlier), state="waiting", run_after__lte=Now())
    return waiting.order_by("event_id", "subscriber")


def settled(age: timedelta) -> Any:
    """Events that are older than ``age`` and that nobody waits for any more."""
    open_ones = Delivery.objects.filter(event_id=OuterRef("pk"), state="waiting")
    return OutboxEvent.objects.filter(~Exists(open_ones), created_at__lt=Now() - age)


def organizations_due() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id FROM outbox_due_organizations()")
        return [row[0] for row in cursor.fetchall()]


def organizations_settled(age: timedelta) -> list[UUID]:
    with connection.cursor() as cursor:
        seconds = age.total_seconds()
        cursor.execute("SELECT org_id FROM outbox_settled_organizations(make_interval(secs => %s))", [seconds])
        return [row[0] for row in cursor.fetchall()]


def backlog() -> tuple[int, float, int]:
    """(deliveries that wait, seconds that the oldest has waited, dead letters) of all organizations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT waiting, oldest_seconds, dead FROM outbox_backlog()")
        waiting, oldest, dead = cursor.fetchone() or (0, 0.0, 0)
    return int(waiting), float(oldest), int(dead)
