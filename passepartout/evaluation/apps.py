from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "passepartout.evaluation"
    label = "evaluation"

    def ready(self) -> None:
        from passepartout.billing.counting import register_usage
        from passepartout.jobs.kinds import register_dead_letter
        from passepartout.kernel.personal import register_source
        from passepartout.llm.activation import register_before_activation

        from .guards import before_activation
        from .personal import GOLDEN_QUESTIONS
        from .selectors import questions_counted
        from .services import RUN, mark_failed

        register_usage("golden_questions", questions_counted)
        register_dead_letter(RUN, mark_failed)
        register_before_activation(before_activation)
        register_source(GOLDEN_QUESTIONS)
