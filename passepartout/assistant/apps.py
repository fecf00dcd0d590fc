from django.apps import AppConfig


class AssistantConfig(AppConfig):
    name = "passepartout.assistant"
    label = "assistant"

    def ready(self) -> None:
        from passepartout.billing.counting import register_usage

        from .selectors import asks_today

        register_usage("asks_per_day", asks_today)
