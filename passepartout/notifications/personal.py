"""Notifications as personal content: a person's own, and those about a document that goes.

A row is its reader's alone by policy, so what crosses readers is done by functions of the database.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from passepartout.kernel.personal import Found, Source, Subject
from passepartout.kernel.scope import current_organization, tenant, tenant_transaction

from .models import Notification, Preference


def find(subject: Subject) -> Iterator[Found]:
    """``ident`` is a reader, or a document that others were told of."""
    for user in subject.users:
        with tenant(current_organization(), user):
            if Notification.objects.exists() or Preference.objects.exists():
                yield Found(user, "authored")
    with tenant_transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT notifications_subjects(%s::uuid[])", [list(subject.documents)])
        yield from [Found(row[0], "linked", given=False) for row in cursor.fetchall()]


def give(ident: UUID) -> dict[str, Any] | None:
    with tenant(current_organization(), ident):
        told = [{"at": row.created_at, "kind": row.kind, "read_at": row.read_at} for row in Notification.objects.all()]
        chosen = {row.kind: {"in_app": row.in_app, "email": row.email} for row in Preference.objects.all()}
    return {"notifications": told, "preferences": chosen} if told or chosen else None


def erase(ident: UUID) -> None:
    with tenant(current_organization(), ident):
        Notification.objects.all().delete()
        Preference.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT notifications_forget(%s)", [ident])


def expire(before: datetime, limit: int) -> int:
    """Delete at most ``limit`` older ones, whoever reads them."""
    with tenant_transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT notifications_expire(%s, %s)", [before, limit])
        return int(cursor.fetchone()[0])


NOTIFICATIONS = Source("notifications", 70, find, give, erase)
