from django.apps import AppConfig


class AssistantConfig(AppConfig):
    name = "passepartout.assistant"
    label = "assistant"

    def ready(self) -> None:
        from django.conf import settings

        from passepartout.billing.counting import register_usage
        from passepartout.kernel.personal import register_source
        from passepartout.kernel.retention import Rule, register_rule

        from .personal import SOURCES, expire
        from .selectors import asks_today

        register_usage("asks_per_day", asks_today)
        for source in SOURCES:
            register_source(source)
        register_rule(Rule("conversations", lambda: settings.RETENTION_CONVERSATIONS_DAYS, expire))
