from celery import shared_task

from . import services


@shared_task(name="audit.seal")
def seal() -> None:
    services.seal_all()


@shared_task(name="audit.anchor")
def anchor() -> None:
    services.anchor_all()
