from uuid import UUID

from celery import shared_task

from . import services


@shared_task(name="lifecycle.dispatch")
def dispatch(organization: str) -> None:
    services.dispatch(UUID(organization))


@shared_task(name="lifecycle.sweep")
def sweep() -> None:
    services.sweep()


@shared_task(name="lifecycle.purge")
def purge() -> None:
    services.purge()
