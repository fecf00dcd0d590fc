from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "passepartout.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from passepartout.kernel import crypto, personal

        from . import checks  # noqa: F401  (registers them)
        from .keys import organization_keys
        from .personal import MEMBERS

        crypto.register_key_source(organization_keys)
        personal.register_source(MEMBERS)
