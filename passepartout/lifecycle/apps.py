from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "passepartout.lifecycle"
    label = "lifecycle"
