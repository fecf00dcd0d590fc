"""Reading stored objects."""

from collections.abc import Iterator
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from passepartout.kernel.scope import tenant

from .models import StoredObject

PAGE = 500


def bytes_stored() -> int:
    """Bytes that the organization in scope stores."""
    return int(StoredObject.objects.aggregate(total=Sum("size"))["total"] or 0)


def organizations() -> list[UUID]:
    """Every organization that stores anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT storing_organizations()")
        return [row[0] for row in cursor.fetchall()]


def all_objects(organization: UUID) -> Iterator[StoredObject]:
    """Each stored object of an organization, oldest first, in pages of PAGE: no transaction is open between two."""
    last = UUID(int=0)
    while True:
        with tenant(organization):
            page = list(StoredObject.objects.filter(pk__gt=last).order_by("pk")[:PAGE])
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1].pk
