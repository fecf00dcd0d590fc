from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProposalsConfig(AppConfig):
    name = "passepartout.proposals"
    label = "proposals"

    def ready(self) -> None:
        from django.conf import settings

        from passepartout.kernel.personal import register_source
        from passepartout.kernel.retention import Rule, register_rule

        from . import events  # noqa: F401  (what is declared can be unpacked from the outbox)
        from .personal import PROPOSALS, expire
        from .rights import give_rights

        register_source(PROPOSALS)
        register_rule(Rule("proposals", lambda: settings.RETENTION_PROPOSALS_DAYS, expire))
        # Like Django's own permissions: what is registered decides, each time the database was brought up to date.
        post_migrate.connect(give_rights, sender=self)
