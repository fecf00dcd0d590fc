from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "passepartout.llm"
    label = "llm"
