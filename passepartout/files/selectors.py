"""Reading stored objects."""

from django.db.models import Sum

from .models import StoredObject


def bytes_stored() -> int:
    """Bytes that the organization in scope stores."""
    return int(StoredObject.objects.aggregate(total=Sum("size"))["total"] or 0)
