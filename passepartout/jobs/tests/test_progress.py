"""Progress is told after the commit, and never of a transaction that was rolled back."""

from uuid import uuid4

import pytest

from passepartout.jobs import services
from passepartout.kernel import progress
from passepartout.kernel.events import Audience
from passepartout.kernel.scope import tenant

from .conftest import KIND, claimed

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    heard: list[progress.Progress] = []
    monkeypatch.setattr(progress, "_listeners", [heard.append])
    return heard


def report(person, claim, **more):
    with tenant(person.organization.pk, person.user.pk):
        services.report(claim, step="embedding", done=3, total=7, **more)


def test_nothing_is_told_of_what_was_rolled_back(alice, job, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False):
        report(alice, claimed(job))
    assert told == []


def test_progress_is_told_to_whom_the_job_runs_for(alice, job, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        report(alice, claimed(job))
    (said,) = told
    assert (said.job, said.kind, said.subject, said.done, said.total) == (job.pk, KIND, job.subject_id, 3, 7)
    assert (said.organization, said.audience) == (alice.organization.pk, Audience(users=(alice.user.pk,)))


def test_progress_is_told_to_whom_the_work_names(alice, job, told, django_capture_on_commit_callbacks):
    wider = Audience("documents", users=(uuid4(),))
    with django_capture_on_commit_callbacks(execute=True):
        report(alice, claimed(job), audience=wider)
    assert told[0].audience == wider
