"""The reaper: what a dead worker left is queued again, what a broker lost is sent again."""

import time
from uuid import uuid4

import pytest
from celery import Celery

from passepartout.jobs import kinds, selectors, services
from passepartout.kernel.scope import tenant

from .conftest import KIND, age, claimed, fresh, queued

pytestmark = pytest.mark.django_db


def test_a_worker_that_lives_keeps_its_job(job):
    claim = claimed(job)
    assert services.reap() == 0
    age(job, heartbeat_at=15)
    assert services.reap() == 0
    assert fresh(job).lease == claim.lease


def test_a_worker_that_speaks_between_the_look_and_the_taking_keeps_its_job(job, monkeypatch):
    claim = claimed(job)
    monkeypatch.setattr(selectors, "neglected", lambda: [(job.org_id, job.pk, "running")])
    services.reap()
    assert (fresh(job).state, fresh(job).lease) == ("running", claim.lease)


def test_a_silent_workers_job_is_queued_again_and_sent_when_it_is_due(job, broker):
    claimed(job)
    age(job, heartbeat_at=21)
    assert services.reap() == 1
    assert (fresh(job).state, fresh(job).error_code, fresh(job).lease) == ("queued", "worker_lost", None)
    assert broker.messages() == []
    assert services.reap() == 0
    age(job, run_after=60)
    assert services.reap() == 1
    assert broker.messages() == [(KIND, str(job.pk))]
    assert services.reap() == 0  # sent a moment ago
    assert claimed(job).attempt == 2


def test_a_job_that_kills_its_worker_three_times_is_given_up(job, dead_letters):
    for _ in range(3):
        assert services.claim(job.pk) is not None
        age(job, heartbeat_at=21)
        services.reap()
        age(job, run_after=60)
    assert (fresh(job).state, fresh(job).attempt, fresh(job).error_code) == ("failed", 3, "worker_lost")
    assert [letter["code"] for letter in dead_letters] == ["worker_lost"]
    assert services.reap() == 0


def test_a_message_that_the_broker_lost_is_sent_again_after_half_a_minute(job, broker):
    assert services.reap() == 0
    age(job, sent_at=31, run_after=31)
    assert services.reap() == 1
    assert broker.messages() == [(KIND, str(job.pk))]
    assert fresh(job).attempt == 0


def test_one_job_that_cannot_be_reaped_does_not_stop_the_others(alice, charlie, monkeypatch, broker):
    poison, other, lost = queued(alice), queued(alice), queued(charlie)

    def fail(**facts):
        if fresh(poison).attempt == 3:
            raise ZeroDivisionError

    monkeypatch.setitem(kinds._on_dead, KIND, fail)
    with tenant(alice.organization.pk):
        type(poison).objects.filter(pk=poison.pk).update(attempt=2)
    for row in (poison, other):
        services.claim(row.pk)
        age(row, heartbeat_at=21)
    age(poison, run_after=600)  # the first in line
    age(lost, sent_at=31, run_after=31)
    with pytest.raises(ZeroDivisionError):
        services.reap()
    assert (fresh(poison).state, fresh(other).state) == ("running", "queued")
    assert broker.messages() == [(KIND, str(lost.pk))]


def test_a_broker_that_is_down_loses_nothing(alice, monkeypatch, broker, caplog, django_capture_on_commit_callbacks):
    down = Celery(set_as_current=False, broker="redis://127.0.0.1:1/0")
    down.conf.update(broker_transport_options={"socket_connect_timeout": 1, "max_retries": 1})
    with monkeypatch.context() as patch:
        patch.setattr(services, "current_app", down)
        started = time.monotonic()
        with django_capture_on_commit_callbacks(execute=True):
            job = queued(alice, document=uuid4())
        assert time.monotonic() - started < 5
        assert "broker unavailable" in caplog.text
        age(job, sent_at=31, run_after=31)
        services.reap()
        assert fresh(job).state == "queued"
    age(job, sent_at=31)
    services.reap()
    assert broker.messages() == [(KIND, str(job.pk))]


def test_jobs_of_every_organization_are_reaped(alice, charlie, broker):
    rows = [queued(person) for person in (alice, charlie)]
    for row in rows:
        age(row, sent_at=31, run_after=31)
    assert services.reap() == 2
    assert {job for _, job in broker.messages()} == {str(row.pk) for row in rows}


def test_the_reapers_look_shows_ids_and_states_and_no_content(alice):
    job = queued(alice, document="secret")
    age(job, sent_at=31, run_after=31)
    assert selectors.neglected() == [(alice.organization.pk, job.pk, "queued")]
