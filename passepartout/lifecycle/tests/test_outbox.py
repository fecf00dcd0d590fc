"""The outbox: never for what was rolled back, at least once for what was committed, in order for each subject."""

from datetime import timedelta
from uuid import uuid4

import pytest
from celery import Celery
from django.db import connection
from django.db.models import F
from kombu.exceptions import OperationalError

from engines.errors import EngineError
from passepartout.kernel import events
from passepartout.kernel.errors import ScopeMissing, Unavailable
from passepartout.kernel.events import Audience, pack, unpack
from passepartout.kernel.scope import tenant
from passepartout.lifecycle import selectors, services
from passepartout.lifecycle.models import Delivery, OutboxEvent

from .conftest import Happened, deliveries, happened, wait_over

pytestmark = pytest.mark.django_db


class Interrupted(Exception):
    pass


def interrupted_after_publishing(person):
    with tenant(person.organization.pk, person.user.pk):
        services.publish(Happened(subject=uuid4()))
        raise Interrupted


def test_what_was_rolled_back_never_happened(alice, ear, nudges, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Interrupted):
        interrupted_after_publishing(alice)
    assert services.dispatch(alice.organization.pk) == 0
    assert (ear.heard, nudges, deliveries(alice)) == ([], [], [])


def test_outside_a_tenants_transaction_nothing_can_be_published():
    with pytest.raises(ScopeMissing):
        services.publish(Happened(subject=uuid4()))


def test_what_was_committed_calls_the_courier_and_is_told_once(alice, ear, nudges, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ident = happened(alice, 7)
    assert nudges == [alice.organization.pk]
    assert services.dispatch(alice.organization.pk) == 1
    assert services.dispatch(alice.organization.pk) == 0
    (told,) = ear.heard
    assert (told.ident, told.organization) == (ident, alice.organization.pk)
    assert told.event == Happened(subject=told.event.subject, number=7, who=alice.user.pk)


def test_a_lost_message_is_made_good_by_the_sweep_in_every_organization(alice, charlie, ear):
    for person in (alice, charlie):
        happened(person)
        wait_over(person)
    assert services.sweep() == 2
    assert {told.organization for told in ear.heard} == {alice.organization.pk, charlie.organization.pk}
    assert services.sweep() == 0


def test_a_courier_that_dies_loses_its_turn_and_another_tells(alice, ear):
    happened(alice)
    assert services._take(alice.organization.pk) != []  # and dies
    assert services.dispatch(alice.organization.pk) == 0, "its turn is not over"
    wait_over(alice, seconds=61)
    assert services.sweep() == 1
    assert len(ear.heard) == 1


def test_what_a_slow_courier_writes_after_its_turn_is_void(alice, ear):
    happened(alice)
    (slow,) = services._take(alice.organization.pk)
    wait_over(alice, seconds=61)
    (present,) = services._take(alice.organization.pk)
    with services.Trying(slow):
        pass
    assert deliveries(alice)[0].state == "waiting"
    with services.Trying(present):
        pass
    assert deliveries(alice)[0].state == "delivered"


@pytest.mark.parametrize("failure", [Unavailable("away"), EngineError("away")])
def test_a_subscriber_that_is_away_is_told_later_with_growing_pauses(alice, ear, failure):
    happened(alice)
    ear.failure = failure
    pauses = []
    for _ in range(3):
        services.dispatch(alice.organization.pk)
        (row,) = deliveries(alice)
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM %s - now())", [row.run_after])
            pauses.append(round(cursor.fetchone()[0]))
        wait_over(alice)
    assert pauses == [2, 4, 8]
    ear.failure = None
    services.dispatch(alice.organization.pk)
    assert len(ear.heard) == 1
    assert (deliveries(alice)[0].state, deliveries(alice)[0].error_code) == ("delivered", "")


def test_a_bug_in_a_subscriber_is_raised_after_the_others_were_told_and_tried_again(alice, ear, monkeypatch):
    def broken(occurrence):
        raise ZeroDivisionError

    monkeypatch.setitem(events._subscribers, "test.broken", events.Subscriber("test.broken", broken))
    happened(alice, 1)
    happened(alice, 2)
    with pytest.raises(ZeroDivisionError):
        services.dispatch(alice.organization.pk)
    assert ear.numbers == [1, 2]
    assert {(row.subscriber, row.state) for row in deliveries(alice)} == {
        ("test.ear", "delivered"), ("test.broken", "waiting"),
    }  # fmt: skip


def test_what_fails_too_often_becomes_a_dead_letter_and_lets_the_next_pass(alice, ear, settings):
    settings.EVENT_MAX_ATTEMPTS = 2
    subject = uuid4()
    happened(alice, 1, subject)
    happened(alice, 2, subject)
    ear.failure = Unavailable("away")
    for _ in range(2):
        services.dispatch(alice.organization.pk)
        wait_over(alice)
    ear.failure = None
    services.dispatch(alice.organization.pk)
    assert [(row.state, row.error_code) for row in deliveries(alice)] == [("dead", "unavailable"), ("delivered", "")]
    assert ear.numbers == [2]
    assert selectors.backlog() == (0, 0.0, 1)


def test_an_event_that_kills_every_courier_is_given_up(alice, ear, settings):
    settings.EVENT_MAX_ATTEMPTS = 2
    happened(alice)
    for _ in range(2):
        assert len(services._take(alice.organization.pk)) == 1
        wait_over(alice)
    assert services.dispatch(alice.organization.pk) == 0
    assert [(row.state, row.error_code) for row in deliveries(alice)] == [("dead", "courier_lost")]


def test_events_of_one_subject_come_in_order_even_when_the_first_fails(alice, ear):
    subject, other = uuid4(), uuid4()
    for number, of in enumerate((subject, subject, other, subject)):
        happened(alice, number, of)
    ear.failure = Unavailable("away")
    (first, third) = services._take(alice.organization.pk)
    with services.Trying(first):
        ear(first.occurrence)
    ear.failure = None
    with services.Trying(third):
        ear(third.occurrence)
    assert services.dispatch(alice.organization.pk) == 0, "the others wait for the first"
    wait_over(alice)
    services.dispatch(alice.organization.pk)
    assert ear.numbers == [2, 0, 1, 3]


def test_an_event_of_an_app_that_is_gone_is_a_dead_letter(alice, ear, monkeypatch):
    happened(alice)
    monkeypatch.delitem(events._subscribers, "test.ear")
    services.dispatch(alice.organization.pk)
    assert [(row.state, row.error_code) for row in deliveries(alice)] == [("dead", "subscriber_gone")]


def test_an_event_that_nobody_wants_is_kept_and_calls_no_courier(alice, nudges, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        happened(alice)
    assert nudges == []
    with tenant(alice.organization.pk):
        assert OutboxEvent.objects.filter(kind=Happened.kind).count() == 1


def test_old_events_are_erased_and_those_that_somebody_waits_for_are_not(alice, ear):
    for _ in range(2):
        happened(alice)
        services.dispatch(alice.organization.pk)
    happened(alice)
    with tenant(alice.organization.pk):
        told, _, waiting = OutboxEvent.objects.order_by("pk")
        OutboxEvent.objects.filter(pk__in=[told.pk, waiting.pk]).update(created_at=F("created_at") - timedelta(days=8))
    assert services.purge() == 1
    assert [row.state for row in deliveries(alice)] == ["delivered", "waiting"]
    with tenant(alice.organization.pk):
        assert OutboxEvent.objects.count() == 2


def test_another_organization_sees_neither_events_nor_deliveries(alice, charlie, ear):
    happened(alice)
    with tenant(charlie.organization.pk, charlie.user.pk):
        assert (OutboxEvent.objects.count(), Delivery.objects.count()) == (0, 0)
    assert services.dispatch(charlie.organization.pk) == 0


def test_an_event_survives_being_written_and_read():
    event = Happened(
        subject=uuid4(), number=3, audience=Audience("documents", users=(uuid4(), uuid4()), client=uuid4())
    )
    assert unpack(Happened.kind, pack(event)) == event


def test_a_broker_that_is_away_is_asked_once_in_five_seconds(alice, monkeypatch):
    asked = []

    class Away(Celery):
        def send_task(self, *words, **more):
            asked.append(words)
            raise OperationalError

    monkeypatch.undo()  # the real nudge
    monkeypatch.setattr(services, "current_app", Away(set_as_current=False))
    monkeypatch.setattr(services, "_no_nudge_before", 0.0)
    for _ in range(3):
        services.nudge(alice.organization.pk)
    assert len(asked) == 1
