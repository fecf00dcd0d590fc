from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProposalsConfig(AppConfig):
    name = "passepartout.proposals"
    label = "proposals"

    def ready(self) -> None:
        from . import events  # noqa: F401  (what is declared can be unpacked from the outbox)
        from .rights import give_rights

        # Like Django's own permissions: what is registered decides, each time the database was brought up to date.
        post_migrate.connect(give_rights, sender=self)
