from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "passepartout.privacy"
    label = "privacy"

    def ready(self) -> None:
        from django.conf import settings

        from passepartout.jobs.kinds import register_dead_letter
        from passepartout.kernel.retention import Rule, register_rule

        from . import events  # noqa: F401  (declares them)
        from .exporting import expire
        from .services import RUN, SEARCH, mark_failed

        register_dead_letter(SEARCH, mark_failed)
        register_dead_letter(RUN, mark_failed)
        register_rule(Rule("exports", lambda: settings.RETENTION_EXPORTS_DAYS, expire, most=90))
