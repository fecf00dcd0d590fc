from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "passepartout.jobs"
    label = "jobs"

    def ready(self) -> None:
        from passepartout.kernel.sqlviews import register

        from .sqlviews import JOBS

        register(JOBS)
