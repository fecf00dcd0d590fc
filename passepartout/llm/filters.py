"""What recorded calls can be narrowed by."""

import django_filters

from .models import LlmJob


class LlmJobFilter(django_filters.FilterSet):
    purpose = django_filters.CharFilter(help_text="such as ask, replay or run")
    engine = django_filters.CharFilter(help_text="such as extractive or model")
    status = django_filters.ChoiceFilter(choices=LlmJob.Status.choices)
    user = django_filters.UUIDFilter("user_id")
