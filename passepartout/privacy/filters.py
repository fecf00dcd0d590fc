import django_filters

from .models import DATA_REQUEST, DataRequest


class DataRequestFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=[(state, state) for state in DATA_REQUEST.states])
    kind = django_filters.ChoiceFilter(choices=DataRequest.Kind.choices)

    class Meta:
        model = DataRequest
        fields = ["status", "kind"]
