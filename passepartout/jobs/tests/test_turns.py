"""Organizations take turns: one that fills the queue, or has long work, does not keep all others waiting."""

import pytest

from passepartout.jobs import services
from passepartout.jobs.models import Job
from passepartout.jobs.services import TurnOver
from passepartout.kernel.scope import tenant

from .conftest import KIND, age, claimed, fresh, queued

pytestmark = pytest.mark.django_db


def taken(row):
    claim = services.claim_turn(row.pk)
    return claim and claim.job


def over(claim, *, kept=True):
    try:
        services.let_others(claim, kept=kept)
    except TurnOver:
        return True
    return False


def waiting(person):
    row = queued(person)
    age(row, run_after=5)
    return row


# What must not happen


def test_a_job_of_another_kind_or_one_that_is_not_due_is_not_taken_instead(alice, charlie):
    services.succeed(claimed(ended := queued(alice)))
    with tenant(charlie.organization.pk):
        services.enqueue("test.other")
    services.retry_later(claimed(queued(charlie)), code="x", detail="x")
    assert taken(ended) is None


def test_whoever_waits_behind_its_own_work_or_behind_nobody_interrupts_nobody(alice, charlie):
    mine = claimed(queued(alice))
    assert not over(mine)
    queued(alice)
    age(Job(pk=mine.job, org_id=mine.organization), started_at=3600)
    assert not over(mine)
    claimed(queued(charlie))
    waiting(charlie)
    assert not over(mine)


def test_young_work_that_is_alone_is_not_interrupted(alice, charlie):
    mine = claimed(queued(alice))
    waiting(charlie)
    assert not over(mine)


def test_what_a_free_slot_is_about_to_take_interrupts_nobody(alice, charlie):
    mine = claimed(queued(alice))
    claimed(queued(alice))
    queued(charlie)
    assert not over(mine)


def test_work_that_would_begin_anew_does_not_give_its_only_slot_away(alice, charlie):
    mine = claimed(row := queued(alice))
    waiting(charlie)
    age(row, started_at=3600)
    assert not over(mine, kept=False)


def test_a_worker_that_lost_its_job_does_not_give_it_back(alice, broker, django_capture_on_commit_callbacks):
    mine = claimed(row := queued(alice))
    services.succeed(mine)
    with django_capture_on_commit_callbacks(execute=True):
        services.go_on_later(mine)
    assert (fresh(row).state, broker.messages()) == ("succeeded", [])


# What it is for


def test_a_queue_full_of_one_organizations_work_lets_another_go_first(alice, charlie):
    claimed(queued(alice))
    waiting = [queued(alice) for _ in range(3)]
    other = queued(charlie)
    assert taken(waiting[0]) == other.pk
    assert taken(waiting[0]) == waiting[0].pk  # now they are even


def test_among_equals_the_job_that_the_message_names_is_taken(alice, charlie):
    rows = [queued(alice), queued(charlie), queued(alice)]
    assert taken(rows[2]) == rows[2].pk


def test_a_message_whose_job_was_done_before_wakes_for_another(alice, charlie):
    services.succeed(claimed(done := queued(alice)))
    other = queued(charlie)
    assert taken(done) == other.pk
    assert taken(done) is None


def test_the_second_running_job_of_an_organization_gives_way_and_the_first_goes_on(alice, charlie):
    first, second = claimed(queued(alice)), claimed(queued(alice))
    waiting(charlie)
    assert over(second, kept=False)
    services.go_on_later(second)
    assert not over(first)


def test_the_only_running_job_gives_way_after_its_slice(alice, charlie, settings):
    mine = claimed(row := queued(alice))
    waiting(charlie)
    age(row, started_at=settings.JOB_SLICE_SECONDS + 1)
    assert over(mine)


def test_giving_way_uses_up_no_attempt_and_comes_back_by_itself(
    alice, charlie, run, broker, django_capture_on_commit_callbacks
):
    row, other = queued(alice), waiting(charlie)

    def long(claim):
        age(row, started_at=3600)
        services.let_others(claim, kept=True)

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            run(row, long)
            assert fresh(row).state == "queued"
    assert broker.messages() == [(KIND, str(row.pk))] * 5
    services.succeed(claimed(other))
    run(row, lambda claim: None)
    assert fresh(row).state == "succeeded"
