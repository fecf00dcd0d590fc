from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "passepartout.llm"
    label = "llm"

    def ready(self) -> None:
        from django.conf import settings

        from passepartout.billing.counting import register_usage
        from passepartout.kernel.personal import register_source
        from passepartout.kernel.retention import Rule, register_rule
        from passepartout.kernel.sqlviews import register

        from . import checks  # noqa: F401
        from .metered import gpu_seconds_today, tokens_today
        from .personal import LLM_JOBS, expire
        from .sqlviews import USAGE

        register(USAGE)
        register_usage("tokens_per_day", tokens_today)
        register_usage("gpu_seconds_per_day", gpu_seconds_today)
        register_source(LLM_JOBS)
        register_rule(Rule("llm_jobs", lambda: settings.RETENTION_LLM_JOBS_DAYS, expire))
