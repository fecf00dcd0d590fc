from uuid import UUID

from passepartout.jobs.running import job_task
from passepartout.jobs.services import Claim

from . import services


@job_task("notifications.mail")
def mail(claim: Claim, *, notification_id: str) -> None:
    services.mail(claim, UUID(notification_id))
