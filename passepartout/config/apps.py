from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "passepartout.config"
    label = "config"

    def ready(self) -> None:
        from . import celery

        celery.app.set_default()  # every process enqueues to our broker, not to Celery's idea of one
