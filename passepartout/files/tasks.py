from celery import shared_task

from . import services


@shared_task(name="files.sweep")
def sweep() -> None:
    services.sweep()
