"""Reading jobs."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from passepartout.kernel.errors import NotFound
from passepartout.tenancy.callers import Caller

from .models import OPEN, Job


def visible_to(caller: Caller) -> Any:
    jobs = Job.objects.order_by("-created_at", "-id")
    return jobs if caller.reach("jobs") == "organization" else jobs.filter(created_by=caller.user.pk)


def job_visible_to(caller: Caller, ident: UUID) -> Job:
    """Raises NotFound."""
    found: Job | None = visible_to(caller).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such job.")
    return found


def latest_for(subject: UUID) -> Job | None:
    found: Job | None = Job.objects.filter(subject_id=subject).order_by("-created_at").first()
    return found


def open_job(subject: UUID, kind: str) -> Job | None:
    """The job of this kind on this subject that is queued or running, if any."""
    found: Job | None = Job.objects.filter(subject_id=subject, kind=kind, state__in=OPEN).first()
    return found


def organization_of(job: UUID) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT job_organization(%s)", [job])
        row = cursor.fetchone()
    return row[0] if row else None


def turn(job: UUID) -> UUID | None:
    """The job to do when a message names this one: of its kind, of an organization that has the fewest running."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job_turn(%s)", [job])
        row = cursor.fetchone()
    return row[0] if row else None


def others_wait(job: UUID, seconds: float | None) -> bool:
    """Whether an organization of which nothing runs has been waiting, while this one's has other jobs running, or this
    one has run for so many seconds; None for no such end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job_others_wait(%s, make_interval(secs => %s))", [job, seconds])
        return bool(cursor.fetchone()[0])


def neglected() -> list[tuple[UUID, UUID, str]]:
    """(organization, job, state) of running jobs whose worker is silent and queued ones whose message may be lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT org_id, job_id, state FROM jobs_neglected(make_interval(secs => %s), make_interval(secs => %s))",
            [settings.JOB_LEASE_SECONDS, settings.JOB_RESEND_SECONDS],
        )
        return cursor.fetchall()
