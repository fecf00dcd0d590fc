from uuid import UUID

from celery import shared_task

from passepartout.jobs.running import job_task
from passepartout.jobs.services import Claim

from . import indexing, refreshing


@job_task("documents.index")
def index(claim: Claim, *, document_id: str) -> None:
    indexing.index_document(claim, UUID(document_id))


@shared_task(name="documents.refresh")
def refresh() -> None:
    refreshing.refresh()
