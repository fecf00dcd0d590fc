from typing import Any

import django_filters

from .models import DOCUMENT, Document


class DocumentFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(
        choices=[(state, state) for state in DOCUMENT.states], distinct=False, label="several times: any of these"
    )
    title = django_filters.CharFilter(lookup_expr="icontains")
    client = django_filters.UUIDFilter(field_name="client_id")
    project = django_filters.UUIDFilter(field_name="project_id")
    deleted = django_filters.ChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        method="as_listed",
        label="true: the deleted ones, which may still be restored, for those who may do so",
    )

    class Meta:
        model = Document
        fields = ["status", "title", "client", "project"]

    def as_listed(self, documents: Any, name: str, value: str) -> Any:  # noqa: ARG002  (django-filter's signature)
        """The view has chosen which of the two lists this is: here the value is only checked and documented."""
        return documents
