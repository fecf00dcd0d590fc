from celery import shared_task

from . import services


@shared_task(name="assistant.sweep")
def sweep() -> None:
    services.end_interrupted()
