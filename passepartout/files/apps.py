from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "passepartout.files"
    label = "files"

    def ready(self) -> None:
        from passepartout.billing.counting import register_usage

        from . import checks  # noqa: F401 - registers them
        from .selectors import bytes_stored

        register_usage("storage_bytes", bytes_stored)
