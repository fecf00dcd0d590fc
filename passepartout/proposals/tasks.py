from celery import shared_task

from . import services


@shared_task(name="proposals.settle")
def settle() -> None:
    services.settle_all()
