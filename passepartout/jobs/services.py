"""The life of a job: enqueue, claim, heartbeat, finish, retry, reap. Every change is a compare-and-set.

Times that are compared are the database's own: the clocks of web and worker machines may differ.
"""

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from passepartout.kernel.errors import Conflict
from passepartout.kernel.events import Audience
from passepartout.kernel.ids import new_id
from passepartout.kernel.progress import Progress, tell
from passepartout.kernel.scope import current_scope, tenant

from . import selectors
from .kinds import tell_dead
from .models import JOB, OPEN, Job

logger = logging.getLogger("passepartout.jobs")
BACKOFF_SECONDS = 2
LONGEST_BACKOFF_SECONDS = 60
RACES = 5


@dataclass(frozen=True)
class Claim:
    """One attempt at a job, held by one worker. ``lease`` is its fencing token."""

    job: UUID
    organization: UUID
    user: UUID | None
    kind: str
    payload: dict[str, Any]
    attempt: int
    lease: UUID
    subject: UUID | None = None


class LeaseLost(Conflict):
    """Another worker has this job now; what this one was about to write is void."""

    code = "lease_lost"


class TurnOver(Conflict):
    """This job goes on later, from where it is: an organization of which nothing runs was waiting."""

    code = "turn_over"


def enqueue(kind: str, *, subject: UUID | None = None, **payload: UUID | str | int) -> Job:
    """Queue work in the present transaction; the worker is woken after it commits."""
    job: Job = Job.objects.create(
        kind=kind,
        subject_id=subject,
        payload={key: str(value) if isinstance(value, UUID) else value for key, value in payload.items()},
        created_by=current_scope().user,
        max_attempts=settings.JOB_MAX_ATTEMPTS,
        run_after=timezone.now(),
        sent_at=timezone.now(),
    )
    transaction.on_commit(lambda: send(kind, job.pk))
    return job


def send(kind: str, job: UUID) -> None:
    """Wake a worker. When the broker is down the reaper sends again: the row is the truth."""
    try:
        current_app.send_task(kind, args=[str(job)], ignore_result=True)
    except BrokerError as error:
        logger.warning("broker unavailable", extra={"job_id": str(job), "error": type(error).__name__})


def claim(job: UUID) -> Claim | None:
    """Take a queued job. None when it is gone, taken, finished, or waits for its next attempt (a message may come
    twice)."""
    organization = selectors.organization_of(job)
    if organization is None:
        return None
    lease = new_id()
    with tenant(organization):
        due = Job.objects.filter(Q(attempt=0) | Q(run_after__lte=Now()), pk=job, state="queued")
        taken = due.update(state="running", lease=lease, attempt=F("attempt") + 1, heartbeat_at=Now(), started_at=Now())
        row = Job.objects.filter(pk=job).first() if taken else None
    if row is None:
        return None
    return Claim(job, organization, row.created_by, row.kind, row.payload, row.attempt, lease, row.subject_id)


def claim_turn(woken: UUID) -> Claim | None:
    """Take the job whose turn it is when a message names ``woken``: messages only wake, and one that fills the queue
    must not keep all others waiting. None when nothing of its kind is due."""
    for _ in range(RACES):
        job = selectors.turn(woken)
        if job is None:
            return None
        if taken := claim(job):
            return taken
    return None  # the reaper sends again what is left


def hold(claim: Claim) -> None:
    """Lock the job row for the present transaction and check that it is still ours. Raises LeaseLost.

    Called first in every transaction in which a worker writes: a worker that was taken for dead writes nothing.
    """
    mine = Job.objects.select_for_update().filter(pk=claim.job, lease=claim.lease, state="running").exists()
    if not mine:
        raise LeaseLost("This job was given to another worker.")


def let_others(claim: Claim, *, kept: bool) -> None:
    """Called in the middle of long work. Raises TurnOver when another organization should go first.

    ``kept``: what was done so far is: such work also gives its only slot away, after JOB_SLICE_SECONDS.
    """
    if selectors.others_wait(claim.job, settings.JOB_SLICE_SECONDS if kept else None):
        raise TurnOver("Another organization's turn came.")


def cancel_open(subject: UUID, kind: str) -> int:
    """Call off what is queued or running on a subject, in the present transaction; the worker that has it writes
    nothing more (`hold`). Returns how many jobs were open."""
    return int(
        Job.objects.filter(subject_id=subject, kind=kind, state__in=OPEN).update(
            state=JOB.target("cancel", "queued"), lease=None, finished_at=timezone.now()
        )
    )


def heartbeat(claim: Claim) -> bool:
    """Tell that the worker lives; False when the job is not ours any more."""
    with tenant(claim.organization):
        mine = Job.objects.filter(pk=claim.job, lease=claim.lease, state="running")
        return bool(mine.update(heartbeat_at=Now()))


def report(claim: Claim, *, step: str, done: int = 0, total: int = 0, audience: Audience | None = None) -> None:
    """Progress, in the present transaction; shown to ``audience`` (by default, for whom the job runs) after it."""
    Job.objects.filter(pk=claim.job, lease=claim.lease).update(step=step, done=done, total=total)
    watchers = audience or Audience(users=(claim.user,) if claim.user else ())
    shown = Progress(claim.organization, claim.job, claim.kind, claim.subject, step, done, total, watchers)
    transaction.on_commit(partial(tell, shown))


def succeed(claim: Claim) -> None:
    with tenant(claim.organization):
        _finish(claim, state="succeeded")


def fail(claim: Claim, *, code: str, detail: str) -> None:
    """End the job: it will not be tried again."""
    with tenant(claim.organization, claim.user):
        if _finish(claim, state="failed", error_code=code, error_detail=detail[:500]):
            tell_dead(claim.kind, code=code, detail=detail, payload=claim.payload)


def retry_later(claim: Claim, *, code: str, detail: str) -> None:
    """Give the job back with a delay that doubles, or end it when its attempts are used up."""
    with tenant(claim.organization):
        job = Job.objects.filter(pk=claim.job).first()
    if job is None or job.attempt >= job.max_attempts:
        fail(claim, code=code, detail=detail)
        return
    wait = timedelta(seconds=min(LONGEST_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** min(job.attempt - 1, 10)))
    with tenant(claim.organization):
        Job.objects.filter(pk=claim.job, lease=claim.lease, state="running").update(
            state="queued", lease=None, run_after=Now() + wait, sent_at=None, error_code=code,
            error_detail=detail[:500],
        )  # fmt: skip


def go_on_later(claim: Claim) -> None:
    """Give the job back because its turn is over: an attempt that says nothing against it."""
    with tenant(claim.organization):
        mine = Job.objects.filter(pk=claim.job, lease=claim.lease, state="running")
        given = mine.update(
            state="queued", lease=None, run_after=Now(), sent_at=Now(), max_attempts=F("max_attempts") + 1
        )
        if given:
            transaction.on_commit(partial(send, claim.kind, claim.job))


def wait_for_part(claim: Claim, *, code: str, detail: str) -> None:
    """Give the job back because a part that it needs is away: an attempt that says nothing against the job.

    For JOB_OUTAGE_SECONDS from when the job was made it is not counted; then it is, as what else may pass.
    """
    patient = Now() - timedelta(seconds=settings.JOB_OUTAGE_SECONDS)
    with tenant(claim.organization):
        young = Job.objects.filter(pk=claim.job, lease=claim.lease, state="running", created_at__gt=patient)
        young.update(max_attempts=F("max_attempts") + 1)
    retry_later(claim, code=code, detail=detail)


def _finish(claim: Claim, **changes: Any) -> bool:
    mine = Job.objects.filter(pk=claim.job, lease=claim.lease, state="running")
    return bool(mine.update(lease=None, finished_at=Now(), **changes))


def reap() -> int:
    """Requeue what a dead worker left and send again what a broker lost. Returns how many jobs were touched.

    One job that cannot be reaped does not stop the others: its error is raised after them.
    """
    rows = selectors.neglected()
    with ExitStack() as every:
        for organization, job, state in reversed(rows):
            every.callback(_take_back if state == "running" else _send_again, organization, job)
    return len(rows)


def _take_back(organization: UUID, ident: UUID) -> None:
    silent = Now() - timedelta(seconds=settings.JOB_LEASE_SECONDS)
    with tenant(organization):
        job = Job.objects.filter(pk=ident, state="running", heartbeat_at__lt=silent).first()
    if job is None:
        return
    logger.warning("worker lost", extra={"job_id": str(ident), "attempt": job.attempt})
    lost = Claim(job.pk, organization, job.created_by, job.kind, job.payload, job.attempt, job.lease)
    retry_later(lost, code="worker_lost", detail="The worker ended in the middle of this job.")


def _send_again(organization: UUID, ident: UUID) -> None:
    with tenant(organization):
        jobs = Job.objects.filter(pk=ident, state="queued")
        job = jobs.first()
        if job is None or not jobs.update(sent_at=Now()):
            return
    send(job.kind, ident)
