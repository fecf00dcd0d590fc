"""A broker in memory, jobs of a test kind, and rows made to look old."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from django.db.models import F
from kombu.connection import Connection

from passepartout.jobs import kinds, running, services
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant

KIND = "test.work"


class Broker:
    """A real Celery producer on kombu's in-memory transport."""

    def __init__(self) -> None:
        self.app = Celery(set_as_current=False, broker="memory://")
        self.app.conf.update(task_default_queue=f"test-{uuid4()}", task_ignore_result=True)

    def messages(self) -> list[tuple[str, str]]:
        """(kind, job id) of every message since the last look."""
        found = []
        with Connection("memory://") as connection, connection.SimpleQueue(self.app.conf.task_default_queue) as queue:
            while queue.qsize():
                message = queue.get(block=False)
                message.ack()
                found.append((message.headers["task"], message.payload[0][0]))
        return found


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    made = Broker()
    monkeypatch.setattr(services, "current_app", made.app)
    return made


@pytest.fixture
def dead_letters(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the owner of the test kind is told of jobs that are given up."""
    told: list[dict[str, Any]] = []
    monkeypatch.setitem(kinds._on_dead, KIND, lambda **facts: told.append(facts))
    return told


@pytest.fixture
def job(alice: Any) -> Job:
    """A queued job of Alice's, committed where the test commits."""
    return queued(alice)


def queued(person: Any, **payload: Any) -> Job:
    with tenant(person.organization.pk, person.user.pk):
        return services.enqueue(KIND, subject=uuid4(), **payload)


def claimed(row: Job) -> services.Claim:
    """The claim of the worker that gets the job."""
    claim = services.claim(row.pk)
    assert claim is not None
    return claim


def fresh(row: Job) -> Any:
    """The job as it is stored now."""
    with tenant(row.org_id):
        return Job.objects.get(pk=row.pk)


def age(row: Job, **seconds: int) -> None:
    """Let a column lie so many seconds further back."""
    with tenant(row.org_id):
        changed = Job.objects.filter(pk=row.pk).update(
            **{name: F(name) - timedelta(seconds=by) for name, by in seconds.items()}
        )
        assert changed == 1


@pytest.fixture
def run() -> Callable[..., None]:
    """``run(job, work)`` does what a worker does with the job's message; ``work`` gets the claim and the payload."""

    def attempt(row: Job, work: Callable[..., None]) -> None:
        class Task(running.JobTask):
            name = KIND

            def run(self, claim: services.Claim, **payload: Any) -> None:
                work(claim, **payload)

        Task()(str(row.pk))

    return attempt
