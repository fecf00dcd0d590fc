from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "passepartout.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from passepartout.kernel import crypto

        from . import checks as checks
        from .keys import organization_key

        crypto.register_key_source(organization_key)
