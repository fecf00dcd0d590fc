from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "passepartout.kernel"
    label = "kernel"
