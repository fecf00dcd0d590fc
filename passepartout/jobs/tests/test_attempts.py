"""Every way in which an attempt can end."""

import time

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from engines.errors import EngineBusy, EngineRejected, EngineTimeout, EngineUnavailable
from passepartout.jobs import kinds, services
from passepartout.jobs.models import Job
from passepartout.kernel import errors, logs
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import current_scope, tenant
from passepartout.tenancy.models import Organization

from .conftest import KIND, age, fresh, queued

pytestmark = pytest.mark.django_db


def raising(error):
    def work(claim, **payload):
        raise error

    return work


@pytest.mark.parametrize(
    "error",
    [EngineUnavailable("x"), EngineBusy("x"), EngineTimeout("x"), errors.Unavailable("x"), errors.StorageFull("x")],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_tried_again_with_a_delay_that_doubles(job, run, dead_letters, error):
    waits = []
    for attempt in (1, 2):
        run(job, raising(error))
        row = fresh(job)
        assert (row.state, row.attempt, row.lease, row.error_code) == ("queued", attempt, None, error.code)
        waits.append(round((row.run_after - timezone.now()).total_seconds()))
        age(job, run_after=60)
    assert waits == [2, 4]
    assert dead_letters == []


AWAY = [EngineUnavailable("x"), EngineBusy("x"), errors.Unavailable("x"), errors.StorageFull("x"), OperationalError()]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_part_that_is_away_for_long_uses_up_no_attempt(job, run, dead_letters, error):
    waits = []
    for _ in range(8):
        run(job, raising(error))
        row = fresh(job)
        waits.append(round((row.run_after - timezone.now()).total_seconds()))
        age(job, run_after=120)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    run(job, lambda claim, **payload: None)
    assert (fresh(job).state, dead_letters) == ("succeeded", [])


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_part_that_does_not_come_back_ends_the_job_at_last(job, run, dead_letters, settings, error):
    settings.JOB_OUTAGE_SECONDS = 0
    for _ in range(3):
        run(job, raising(error))
        age(job, run_after=120)
    assert fresh(job).state == "failed"
    assert len(dead_letters) == 1


def test_a_job_that_is_another_workers_now_gets_no_attempt_from_this_one(job, run):
    def taken_over(claim, **payload):
        with tenant(claim.organization):
            Job.objects.filter(pk=claim.job).update(lease=new_id())
        raise EngineUnavailable("x")

    run(job, taken_over)
    assert (fresh(job).state, fresh(job).max_attempts) == ("running", 3)


def test_the_third_failure_is_the_last(alice, run, dead_letters):
    job = queued(alice, document="d-1")
    for _ in range(3):
        run(job, raising(EngineTimeout("no answer")))
        age(job, run_after=60)
    row = fresh(job)
    assert (row.state, row.attempt, row.error_code, row.error_detail) == (
        "failed",
        3,
        "engine_timeout",
        "no answer",
    )
    assert row.finished_at is not None
    assert dead_letters == [{"code": "engine_timeout", "detail": "no answer", "document": "d-1"}]


@pytest.mark.parametrize("error", [EngineRejected("x"), errors.InvalidInput("x", code="no_text"), errors.NotFound("x")])
def test_what_will_never_pass_ends_at_once(job, run, dead_letters, error):
    run(job, raising(error))
    row = fresh(job)
    assert (row.state, row.attempt, row.error_code) == ("failed", 1, error.code)
    assert [letter["code"] for letter in dead_letters] == [error.code]


def test_a_bug_is_tried_again_raised_for_the_log_and_says_nothing_private(job, run, dead_letters):
    for attempt in (1, 2, 3):
        with pytest.raises(ZeroDivisionError):
            run(job, raising(ZeroDivisionError("Mme Durand")))
        assert fresh(job).state == ("queued" if attempt < 3 else "failed")
        age(job, run_after=60)
    assert (fresh(job).error_code, fresh(job).error_detail) == ("internal_error", "ZeroDivisionError")
    assert len(dead_letters) == 1


def test_a_payload_that_the_task_does_not_know_ends_as_a_dead_letter(alice, run, dead_letters):
    job = queued(alice, unknown=1)
    for _ in range(3):
        with pytest.raises(TypeError):
            run(job, lambda claim: None)
        age(job, run_after=60)
    assert fresh(job).state == "failed"


@pytest.mark.django_db(transaction=True)
def test_the_owner_of_the_kind_is_told_in_the_transaction_that_ends_the_job(alice, job, run, monkeypatch):
    """If telling fails, the job has not ended: both or neither."""

    def fail_after_writing(**facts):
        Organization.objects.update(name="written")
        raise ZeroDivisionError

    monkeypatch.setitem(kinds._on_dead, KIND, fail_after_writing)
    with pytest.raises(ZeroDivisionError):
        run(job, raising(EngineRejected("x")))
    assert fresh(job).state == "running"
    with tenant(alice.organization.pk):
        assert Organization.objects.get().name == alice.organization.name

    def write(**facts):
        assert current_scope().user == alice.user.pk
        Organization.objects.update(name="written")

    monkeypatch.setitem(kinds._on_dead, KIND, write)
    age(job, heartbeat_at=3600)
    services.reap()
    age(job, run_after=60)
    run(job, raising(EngineRejected("x")))
    assert fresh(job).state == "failed"
    with tenant(alice.organization.pk):
        assert Organization.objects.get().name == "written"


def test_an_attempt_that_ends_well_is_done(job, run, dead_letters, alice):
    seen = []

    def work(claim, **payload):
        seen.append((current_scope().organization, current_scope().user, logs.job_id.get(), logs.organization_id.get()))
        with tenant(claim.organization):
            services.hold(claim)
            services.report(claim, step="reading", done=3, total=7)

    run(job, work)
    row = fresh(job)
    assert seen == [(alice.organization.pk, alice.user.pk, str(job.pk), str(alice.organization.pk))]
    assert (row.state, row.lease, row.step, row.done, row.total) == ("succeeded", None, "reading", 3, 7)
    assert row.finished_at >= row.started_at
    assert dead_letters == []
    assert (logs.job_id.get(), logs.organization_id.get()) == ("", "")


@pytest.mark.django_db(transaction=True)
def test_the_heart_beats_while_the_work_goes_on_and_not_after(job, run, monkeypatch, settings):
    settings.JOB_HEARTBEAT_SECONDS = 0.05
    beats = []

    def work(claim, **payload):
        for _ in range(3):
            time.sleep(0.1)
            beats.append(fresh(job).heartbeat_at)

    run(job, work)
    assert beats == sorted(set(beats))
    last = fresh(job).heartbeat_at
    time.sleep(0.15)
    assert fresh(job).heartbeat_at == last


@pytest.mark.django_db(transaction=True)
def test_the_heart_beats_on_after_its_connection_is_cut(job, run, settings, caplog):
    settings.JOB_HEARTBEAT_SECONDS = 0.05

    def cut_others():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
            return cursor.fetchone()[0]

    def work(claim, **payload):
        time.sleep(0.2)
        assert cut_others() >= 1
        before = fresh(job).heartbeat_at
        time.sleep(0.3)
        assert fresh(job).heartbeat_at > before

    run(job, work)
    assert fresh(job).state == "succeeded"
    assert "heartbeat failed" in caplog.text


def test_a_job_row_never_holds_more_of_an_error_than_fits(job, run):
    run(job, raising(EngineRejected("x" * 5000)))
    assert len(fresh(job).error_detail) == 500
    assert Job._meta.get_field("error_detail").max_length == 500
