"""Couriers die and the broker forgets: what was committed is told, what was rolled back never is."""

import time

import pytest

from passepartout.documents.events import DocumentDeleted
from passepartout.kernel.scope import tenant
from passepartout.lifecycle.models import Delivery
from passepartout.lifecycle.services import publish
from passepartout.tenancy.factories import owner
from tests.processes import sent, waited_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def states(person):
    with tenant(person.organization.pk):
        return [row.state for row in Delivery.objects.order_by("event_id")]


def told(person, count):
    return waited_for(lambda: (found := states(person)) == ["delivered"] * count and found, seconds=20)


@pytest.mark.parametrize("flushed", [False, True])
def test_events_that_were_committed_while_no_courier_lived_are_told_by_the_next(platform, flushed):
    running = platform()
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web", "beat")
    with running.signed_in(alice.email) as client:
        for number in range(5):
            sent(client, f"Note {number}. Le portail ouvre à huit heures.", f"{number}.txt")
        count = len(states(alice))
        assert count >= 5
        assert set(states(alice)) == {"waiting"}
        if flushed:
            running.broker.flushdb()
        running.start("courier")
        assert told(alice, count)


def test_a_courier_killed_again_and_again_loses_nothing(platform):
    running = platform()
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web", "beat", "courier")
    with running.signed_in(alice.email) as client:
        for number in range(12):
            sent(client, f"Note {number}. Le portail ouvre à huit heures.", f"{number}.txt")
            if number % 4 == 3:
                time.sleep(0.3)
                running.kill("courier")
                running.broker.flushdb()
                running.start("courier")
        count = len(states(alice))
        assert waited_for(lambda: states(alice) == ["delivered"] * count, seconds=100)


class Interrupted(Exception):
    pass


def interrupted_after_publishing(person):
    with tenant(person.organization.pk, person.user.pk):
        publish(DocumentDeleted(subject=person.user.pk, status="deleted"))
        raise Interrupted


def test_what_was_rolled_back_is_never_told_though_couriers_run(platform):
    running = platform()
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("beat", "courier")
    with pytest.raises(Interrupted):
        interrupted_after_publishing(alice)
    time.sleep(6)  # a sweep and more
    assert states(alice) == []
