from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "passepartout.clients"
    label = "clients"

    def ready(self) -> None:
        from passepartout.kernel.personal import register_source

        from .personal import SOURCES

        for source in SOURCES:
            register_source(source)
