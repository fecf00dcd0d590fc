from celery import shared_task

from . import services


@shared_task(name="billing.reconcile")
def reconcile() -> None:
    services.reconcile_all()
