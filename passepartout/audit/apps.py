from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "passepartout.audit"
    label = "audit"
