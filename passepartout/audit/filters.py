"""What the audit log can be narrowed by."""

import django_filters


class AuditFilter(django_filters.FilterSet):
    action = django_filters.CharFilter("action_type", help_text="such as client.created")
    object_type = django_filters.CharFilter(help_text="table of the object acted on")
    object_id = django_filters.CharFilter()
    user = django_filters.UUIDFilter("user_id")
    since = django_filters.IsoDateTimeFilter("created_at", "gte", help_text="inclusive")
    until = django_filters.IsoDateTimeFilter("created_at", "lt", help_text="exclusive")
