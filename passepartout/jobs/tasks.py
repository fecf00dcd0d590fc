from celery import shared_task

from . import services


@shared_task(name="jobs.reap")
def reap() -> None:
    services.reap()
