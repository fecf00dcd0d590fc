"""Publishing events and delivering them: at least once, in order for each subject, after the commit.

A message to the queue only says that an organization has something due. It may be lost: the sweep finds what waits.
"""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic
from types import TracebackType
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from kombu.exceptions import OperationalError as BrokerError

from engines.errors import EngineError
from passepartout.kernel.errors import AppError
from passepartout.kernel.events import KINDS, Event, Occurrence, pack, subscriber, subscribers_of, unpack
from passepartout.kernel.scope import current_organization, tenant

from . import selectors
from .models import DELIVERY, Delivery, OutboxEvent

logger = logging.getLogger("passepartout.lifecycle")
DISPATCH = "lifecycle.dispatch"
BATCH = 20
PURGE_BATCH = 5000
TURN = timedelta(seconds=60)  # what a courier has for one delivery before another may take it
FIRST_PAUSE, LONGEST_PAUSE = 2, 300  # seconds; doubled at each failure
BROKER_PAUSE = 5  # seconds without nudges after the broker did not answer: no request waits for it twice
_no_nudge_before = 0.0


@dataclass(frozen=True)
class Turn:
    """One attempt at one delivery. ``attempt`` is its fencing token."""

    delivery: UUID
    subscriber: str
    attempt: int
    occurrence: Occurrence


class Untellable(AppError):
    """The app that subscribed, or the one that declared the event, is not installed any more."""

    code = "subscriber_gone"


def publish(event: Event) -> UUID:
    """Write an event in the caller's tenant transaction: it is delivered if that commits, and never otherwise.

    Raises ScopeMissing outside a tenant transaction.
    """
    row: OutboxEvent = OutboxEvent.objects.create(kind=event.kind, subject_id=event.subject, payload=pack(event))
    names = subscribers_of(event.kind)
    Delivery.objects.bulk_create(
        Delivery(event=row, subscriber=name, subject_id=event.subject, run_after=Now()) for name in names
    )
    if names:
        transaction.on_commit(partial(nudge, current_organization()))
    return row.pk


def nudge(organization: UUID) -> None:
    """Wake a courier. When the broker is away, the sweep does it."""
    global _no_nudge_before  # noqa: PLW0603  (one pause for the process)
    if monotonic() < _no_nudge_before:
        return
    try:
        current_app.send_task(DISPATCH, args=[str(organization)], ignore_result=True)
    except BrokerError as error:
        _no_nudge_before = monotonic() + BROKER_PAUSE
        logger.warning("no nudge", extra={"error": type(error).__name__})


def sweep() -> int:
    """Deliver what is due in every organization. Returns in how many something was.

    One that fails unexpectedly does not stop the others: its error is raised after them.
    """
    organizations = selectors.organizations_due()
    with ExitStack() as every:
        for organization in reversed(organizations):
            every.callback(dispatch, organization)
    return len(organizations)


def dispatch(organization: UUID) -> int:
    """Deliver what is due in an organization until nothing is. Returns how many deliveries were tried."""
    tried = 0
    while turns := _take(organization):
        with ExitStack() as every:
            for turn in reversed(turns):
                every.callback(_deliver, turn)
        tried += len(turns)
    return tried


def _take(organization: UUID) -> list[Turn]:
    """Claim a few deliveries; others skip them. One that was claimed too often by couriers that died is given up."""
    with tenant(organization):
        rows = list(selectors.due().select_for_update(skip_locked=True, of=("self",)).select_related("event")[:BATCH])
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            attempt=F("attempt") + 1, run_after=Now() + TURN
        )
        spent = [row.pk for row in rows if row.attempt >= settings.EVENT_MAX_ATTEMPTS]
        Delivery.objects.filter(pk__in=spent).update(state="dead", ended_at=Now(), error_code="courier_lost")
    return [_turn(organization, row) for row in rows if row.pk not in spent]


def _turn(organization: UUID, row: Delivery) -> Turn:
    event: OutboxEvent = row.event
    known = event.kind in KINDS and subscriber(row.subscriber) is not None
    told = unpack(event.kind, event.payload) if known else Event(subject=event.subject_id)
    return Turn(row.pk, row.subscriber, row.attempt + 1, Occurrence(event.pk, organization, event.created_at, told))


def _deliver(turn: Turn) -> None:
    with Trying(turn):
        receiver = subscriber(turn.subscriber)
        if receiver is None or not turn.occurrence.event.kind:
            raise Untellable
        receiver.receive(turn.occurrence)


class Trying:
    """One delivery. On leaving it is delivered, waits for another attempt, or is a dead letter."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        match error:
            case None:
                self._end(state=DELIVERY.target("deliver", "waiting"), ended_at=Now(), error_code="")
            case Untellable() | EngineError(permanent=True):
                self._give_up(error.code)
            case EngineError() | AppError():
                self._again(error.code)
            case Exception():
                self._again("internal_error")  # a bug: tried again like the rest, and its trace goes to the log
                return False
        return error is None or isinstance(error, EngineError | AppError)

    def _again(self, code: str) -> None:
        if self.turn.attempt >= settings.EVENT_MAX_ATTEMPTS:
            self._give_up(code)
            return
        pause = timedelta(seconds=min(FIRST_PAUSE * 2 ** (self.turn.attempt - 1), LONGEST_PAUSE))
        self._end(run_after=Now() + pause, error_code=code)

    def _give_up(self, code: str) -> None:
        facts = {"subscriber": self.turn.subscriber, "event_id": str(self.turn.occurrence.ident), "error": code}
        logger.error("event given up", extra=facts)
        self._end(state=DELIVERY.target("give_up", "waiting"), ended_at=Now(), error_code=code)

    def _end(self, **changes: object) -> None:
        """Void when another courier has the delivery by now."""
        with tenant(self.turn.occurrence.organization):
            mine = Delivery.objects.filter(pk=self.turn.delivery, state="waiting", attempt=self.turn.attempt)
            mine.update(**changes)


def purge() -> int:
    """Erase events that everybody was told of, or given up on, longer ago than EVENT_KEEP_DAYS. Returns how many."""
    age = timedelta(days=settings.EVENT_KEEP_DAYS)
    return sum(_purged(organization, age) for organization in selectors.organizations_settled(age))


def _purged(organization: UUID, age: timedelta) -> int:
    with tenant(organization):
        gone = list(selectors.settled(age).values_list("pk", flat=True)[:PURGE_BATCH])
        Delivery.objects.filter(event_id__in=gone).delete()
        OutboxEvent.objects.filter(pk__in=gone).delete()
    return len(gone)
