from uuid import UUID

from passepartout.jobs.running import job_task
from passepartout.jobs.services import Claim

from . import services


@job_task(services.RUN)
def run(claim: Claim, *, run_id: str) -> None:
    services.perform_run(claim, UUID(run_id))
