from uuid import UUID

from celery import shared_task

from passepartout.jobs.running import job_task
from passepartout.jobs.services import Claim

from . import retaining, working


@job_task("privacy.search")
def search(claim: Claim, *, request_id: str) -> None:
    working.search(claim, UUID(request_id))


@job_task("privacy.run")
def run(claim: Claim, *, request_id: str) -> None:
    working.run(claim, UUID(request_id))


@shared_task(name="privacy.retain")
def retain() -> None:
    retaining.retain_all()
