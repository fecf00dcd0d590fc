from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "passepartout.audit"
    label = "audit"

    def ready(self) -> None:
        from passepartout.kernel.personal import register_kept

        from .personal import AUDIT_LOGS

        register_kept(AUDIT_LOGS)
