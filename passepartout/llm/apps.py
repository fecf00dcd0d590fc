from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "passepartout.llm"
    label = "llm"

    def ready(self) -> None:
        from passepartout.kernel.sqlviews import register

        from . import checks  # noqa: F401
        from .sqlviews import USAGE

        register(USAGE)
