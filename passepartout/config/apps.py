from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "passepartout.config"
    label = "config"
