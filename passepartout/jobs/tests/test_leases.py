"""A worker that was taken for dead writes nothing more, and cannot end somebody else's attempt."""

import threading

import pytest
from django.db import connection

from passepartout.jobs import services
from passepartout.jobs.models import Job
from passepartout.jobs.services import LeaseLost
from passepartout.kernel.scope import tenant
from passepartout.tenancy.models import Organization

from .conftest import age, claimed, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(job):
    """The claim of a worker whose job was given to another one since."""
    claim = claimed(job)
    age(job, heartbeat_at=3600)
    services.reap()
    age(job, run_after=3600)
    assert services.claim(job.pk) is not None
    return claim


def test_a_lost_worker_writes_nothing(lost, alice):
    def write():
        with tenant(lost.organization):
            Organization.objects.update(name="written by a ghost")
            services.hold(lost)

    with pytest.raises(LeaseLost):
        write()
    with tenant(lost.organization):
        assert Organization.objects.get().name == alice.organization.name


def test_a_lost_worker_cannot_end_fail_retry_or_keep_the_job(lost, job, dead_letters):
    before = fresh(job)
    services.succeed(lost)
    services.fail(lost, code="x", detail="x")
    services.retry_later(lost, code="x", detail="x")
    assert services.heartbeat(lost) is False
    with tenant(lost.organization):
        services.report(lost, step="x", done=1, total=1)
    after = fresh(job)
    assert (after.state, after.lease, after.step, after.error_code) == ("running", before.lease, "", "worker_lost")
    assert dead_letters == []


def test_a_worker_whose_job_was_called_off_writes_nothing(job):
    claim = claimed(job)
    with tenant(claim.organization):
        assert services.cancel_open(job.subject_id, job.kind) == 1
    with tenant(claim.organization), pytest.raises(LeaseLost):
        services.hold(claim)
    services.succeed(claim)
    assert fresh(job).state == "cancelled"


def test_an_attempt_that_loses_its_lease_ends_quietly(job, run, dead_letters):
    def work(claim):
        with tenant(claim.organization):
            Job.objects.filter(pk=claim.job).update(lease=None, state="queued")
        with tenant(claim.organization):
            services.hold(claim)

    run(job, work)
    assert (fresh(job).state, fresh(job).error_code) == ("queued", "")
    assert dead_letters == []


@pytest.mark.django_db(transaction=True)
def test_nobody_takes_the_job_back_while_its_worker_writes(job):
    """`hold` locks the row: the reaper waits for the commit, so that no write is seen by half."""
    claim = claimed(job)
    age(job, heartbeat_at=3600)
    reaped = threading.Event()

    def reaper():
        try:
            services.reap()
        finally:
            reaped.set()
            connection.close()

    thread = threading.Thread(target=reaper)
    with tenant(claim.organization):
        services.hold(claim)
        thread.start()
        assert not reaped.wait(timeout=0.5)
        Organization.objects.update(name="written in time")
    thread.join(timeout=20)
    assert reaped.is_set()
    assert fresh(job).state == "queued"
    with tenant(claim.organization):
        assert Organization.objects.get().name == "written in time"
