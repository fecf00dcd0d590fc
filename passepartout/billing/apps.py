from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "passepartout.billing"
    label = "billing"

    def ready(self) -> None:
        from passepartout.kernel.limits import register_limit
        from passepartout.tenancy.selectors import members_counted

        from . import checks  # noqa: F401 - registers them
        from .counting import register_usage
        from .services import check_limit

        register_usage("members", members_counted)
        register_limit(check_limit)
