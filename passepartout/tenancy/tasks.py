from celery import shared_task

from . import rotation


@shared_task(name="tenancy.change_keys")
def change_keys() -> None:
    rotation.go_on()
