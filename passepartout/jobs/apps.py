from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "passepartout.jobs"
    label = "jobs"
