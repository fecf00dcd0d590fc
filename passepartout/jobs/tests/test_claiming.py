"""A queued job is taken by one worker, once."""

import threading
from uuid import uuid4

import pytest
from django.db import connection

from passepartout.jobs import services
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant

from .conftest import age, claimed, fresh, queued

pytestmark = pytest.mark.django_db


def test_an_unknown_job_is_no_error(run):
    assert services.claim(uuid4()) is None


def test_a_message_that_is_no_job_id_is_refused_loudly(run, job):
    job.pk = "nonsense"
    with pytest.raises(ValueError, match="UUID"):
        run(job, lambda claim: None)


def test_a_job_that_ended_is_not_taken_again(job):
    claim = claimed(job)
    services.succeed(claim)
    assert services.claim(job.pk) is None
    assert fresh(job).attempt == 1


def test_a_job_that_waits_for_its_next_attempt_is_not_taken_early(job):
    services.retry_later(claimed(job), code="x", detail="x")
    assert services.claim(job.pk) is None
    age(job, run_after=60)
    assert claimed(job).attempt == 2


def test_a_job_enqueued_by_a_machine_whose_clock_is_fast_is_taken_at_once(job):
    age(job, run_after=-60)
    assert services.claim(job.pk) is not None


def test_a_job_whose_transaction_failed_was_never_there(alice, broker, django_capture_on_commit_callbacks):
    def fail_after_enqueuing():
        with tenant(alice.organization.pk, alice.user.pk):
            services.enqueue("test.work")
            raise ZeroDivisionError

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        fail_after_enqueuing()
    with tenant(alice.organization.pk):
        assert not Job.objects.exists()
    assert broker.messages() == []


def test_the_worker_is_woken_after_the_commit_with_the_job_id_alone(alice, broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = queued(alice, document=uuid4())
        assert broker.messages() == []
    assert broker.messages() == [("test.work", str(row.pk))]


def test_a_claim_knows_whose_work_it_is(alice):
    subject = uuid4()
    row = queued(alice, document=subject, part=3)
    claim = claimed(row)
    assert (claim.organization, claim.user, claim.kind) == (alice.organization.pk, alice.user.pk, "test.work")
    assert (claim.payload, claim.attempt) == ({"document": str(subject), "part": 3}, 1)
    assert fresh(row).lease == claim.lease


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_get_the_same_message_take_the_job_once(job):
    barrier = threading.Barrier(8)
    claims = []

    def worker():
        try:
            barrier.wait(timeout=20)
            claims.append(services.claim(job.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(claims) == 8
    assert len([claim for claim in claims if claim is not None]) == 1
    assert (fresh(job).state, fresh(job).attempt) == ("running", 1)
