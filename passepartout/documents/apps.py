from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "passepartout.documents"
    label = "documents"

    def ready(self) -> None:
        from django.conf import settings

        from passepartout.billing.counting import register_usage
        from passepartout.jobs.kinds import register_dead_letter
        from passepartout.kernel.personal import register_source
        from passepartout.kernel.retention import Rule, register_rule
        from passepartout.kernel.sqlviews import register
        from passepartout.llm.contexts import register_context

        from .personal import DOCUMENTS as PERSONAL
        from .purging import expire
        from .selectors import documents_counted
        from .services import mark_failed
        from .shown import follow
        from .sqlviews import DOCUMENTS

        register_usage("documents", documents_counted)
        register_dead_letter("documents.index", mark_failed)
        register(DOCUMENTS)
        register_context(follow)
        register_source(PERSONAL)
        register_rule(Rule("deleted_documents", lambda: settings.UNDO_DAYS, expire))
