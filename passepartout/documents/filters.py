import django_filters

from .models import DOCUMENT, Document


class DocumentFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=[(state, state) for state in DOCUMENT.states])
    title = django_filters.CharFilter(lookup_expr="icontains")
    client = django_filters.UUIDFilter(field_name="client_id")
    project = django_filters.UUIDFilter(field_name="project_id")

    class Meta:
        model = Document
        fields = ["status", "title", "client", "project"]
