from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "passepartout.llm"
    label = "llm"

    def ready(self) -> None:
        from . import checks  # noqa: F401
