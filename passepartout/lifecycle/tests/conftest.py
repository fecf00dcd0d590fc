"""Events of a test kind, and subscribers that remember what they were told."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from django.db.models import F

from passepartout.kernel import events
from passepartout.kernel.events import Event, Occurrence
from passepartout.kernel.scope import tenant
from passepartout.lifecycle import services
from passepartout.lifecycle.models import Delivery


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    kind: ClassVar[str] = "test.happened"
    number: int = 0
    who: UUID | None = None


del events.KINDS[Happened.kind]  # known while a test wants it, and to no test of the reference


class Ear:
    """A subscriber. ``failure`` is raised while it is set."""

    def __init__(self) -> None:
        self.heard: list[Occurrence] = []
        self.failure: Exception | None = None

    def __call__(self, occurrence: Occurrence) -> None:
        if self.failure is not None:
            raise self.failure
        self.heard.append(occurrence)

    @property
    def numbers(self) -> list[int]:
        return [occurrence.event.number for occurrence in self.heard]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The organizations whose courier was called."""
    called: list[UUID] = []
    monkeypatch.setattr(services, "nudge", called.append)
    monkeypatch.setitem(events.KINDS, Happened.kind, Happened)
    monkeypatch.setattr(events, "_subscribers", {})  # the product's own have tests of their own
    return called


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    made = Ear()
    subscriber = events.Subscriber("test.ear", made, frozenset({Happened.kind}))
    monkeypatch.setitem(events._subscribers, "test.ear", subscriber)
    return made


def happened(person, number=0, subject=None):
    with tenant(person.organization.pk, person.user.pk):
        return services.publish(Happened(subject=subject or uuid4(), number=number, who=person.user.pk))


def deliveries(person):
    with tenant(person.organization.pk):
        return list(Delivery.objects.order_by("event_id"))


def wait_over(person, **past):
    """Let the time of the next attempt come."""
    with tenant(person.organization.pk):
        Delivery.objects.update(run_after=F("run_after") - timedelta(**(past or {"hours": 1})))
