"""Changing keys: another master key, and another key of an organization.

Another master key: only the organizations' keys are wrapped again (`rewrap_all`). Another key of an organization: every
encrypted value is written again, in batches that can end anywhere (`change_keys`, `reencrypt`); both keys read until
nothing is left under the former one and no process can still write with it, then it is deleted (`retire`). What was
begun and not ended, a beat job goes on with (`go_on`).
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import CharField, Q
from django.db.models.functions import Left, Now
from psycopg import sql

from passepartout.audit.services import record
from passepartout.kernel import crypto
from passepartout.kernel.errors import NotFound
from passepartout.kernel.fields import EncryptedTextField
from passepartout.kernel.scope import tenant
from passepartout.kernel.tenant import TenantModel

from . import keys, selectors
from .models import EncryptionKey

logger = logging.getLogger("passepartout.tenancy")
BATCH = 500  # rows of a transaction
SETTLED_AFTER = timedelta(seconds=2 * keys.KEPT_SECONDS)  # no process writes with a key replaced longer ago than this
_NONE = UUID(int=0)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Reencrypted:
    """Rows written again, and values that no key of the organization opens: they keep the former key alive."""

    rows: int = 0
    unreadable: int = 0

    def __add__(self, other: "Reencrypted") -> "Reencrypted":
        return Reencrypted(self.rows + other.rows, self.unreadable + other.unreadable)


def rewrap_all() -> int:
    """Wrap the keys of every organization under the first master key. Returns how many keys were under another.

    Each organization is a transaction of its own: it can end anywhere and be run again. Raises crypto.DecryptionError
    when a key is under none of the master keys.
    """
    return sum(_rewrap(organization) for organization in selectors.every_organization())


def _rewrap(organization: UUID) -> int:
    first = keys.master_keys()[0]
    wrapped = 0
    with tenant(organization):
        for row in EncryptionKey.objects.select_for_update():
            if keys.under_first_master(bytes(row.wrapped)):
                continue
            row.wrapped = crypto.wrap(first, keys.unwrapped(bytes(row.wrapped)))
            row.save(update_fields=["wrapped"])
            wrapped += 1
        if wrapped:
            record("keys.rewrapped", detail={"keys": wrapped})
    return wrapped


def change_keys(organization: UUID) -> bool:
    """Give an organization a new key for its personal columns; False when a change is under way already.

    New values are written under it at once; `reencrypt` does the others. Raises NotFound without a key.
    """
    with tenant(organization):
        rows = list(EncryptionKey.objects.select_for_update().filter(purpose=EncryptionKey.Purpose.FIELDS))
        if not rows:
            raise NotFound("This organization has no encryption key.")
        if any(row.replaced_at is not None for row in rows):
            return False
        EncryptionKey.objects.filter(pk__in=[row.pk for row in rows]).update(replaced_at=Now())
        keys.new_key(organization).save()
        record("keys.change_begun", detail={"key": bytes(rows[0].key_id).hex()})
    keys.forget(organization)
    return True


def reencrypt(organization: UUID) -> Reencrypted:
    """Write again, under the current key, what is still under another. It can end anywhere and be run again."""
    total = Reencrypted()
    for model, fields in encrypted_models():
        after: UUID | None = _NONE
        while after is not None:
            done, after = _batch(organization, model, fields, after)
            total += done
    return total


def encrypted_models() -> Iterator[tuple[type[TenantModel], list[EncryptedTextField]]]:
    """Every table that holds encrypted columns, with these."""
    for model in apps.get_models():
        fields = [field for field in model._meta.local_concrete_fields if isinstance(field, EncryptedTextField)]
        if fields and issubclass(model, TenantModel):
            yield model, fields


def _batch(
    organization: UUID, model: type[TenantModel], fields: list[EncryptedTextField], after: UUID
) -> tuple[Reencrypted, UUID | None]:
    """One transaction; the last row that it looked at, None when there are no more.

    Each row by compare and set: what somebody changes meanwhile is theirs, and under the current key already.
    """
    with tenant(organization):
        rows = list(_outdated(organization, model, fields).filter(pk__gt=after).order_by("pk")[:BATCH])
        changes = [change for row in rows if (change := _resealed(organization, model, fields, row)) is not None]
        done = Reencrypted(_written(model, fields, changes), len(rows) - len(changes))
    return done, rows[-1][0] if len(rows) == BATCH else None


def _outdated(organization: UUID, model: type[TenantModel], fields: list[EncryptedTextField]) -> Any:
    """(key, value of each field) of rows with a value under another key than the current one."""
    current = crypto.prefix_of(keys.organization_keys(organization, fresh=True).current)
    begins = {f"begins_{field.name}": Left(field.name, crypto.PREFIX, output_field=CharField()) for field in fields}
    outdated = Q()
    for name in begins:
        outdated |= ~Q(**{f"{name}__in": ["", current]}) & Q(**{f"{name}__isnull": False})
    rows: Any = model.objects.annotate(**begins).filter(outdated)
    return rows.values_list("pk", *(field.name for field in fields))


def _resealed(
    organization: UUID, model: type[TenantModel], fields: list[EncryptedTextField], row: Row
) -> list[Any] | None:
    """The parameters of `_written`: new values, key, old values. None when a value cannot be opened."""
    ident, *values = row
    before = [field.get_prep_value(value) for field, value in zip(fields, values, strict=True)]
    try:
        after = [
            stored and crypto.encrypt(crypto.decrypt(stored, **place), **place)
            for stored, place in zip(before, (field.place(ident, organization) for field in fields), strict=True)
        ]
    except crypto.DecryptionError as error:
        facts = {"table": model._meta.db_table, "row": str(ident), "error": str(error)}
        logger.error("a value cannot be opened", extra=facts)
        return None
    return [*after, ident, *before]


def _written(model: type[TenantModel], fields: list[EncryptedTextField], changes: list[list[Any]]) -> int:
    names = [sql.Identifier(field.attname) for field in fields]
    statement = sql.SQL("UPDATE {table} SET {new} WHERE id = %s AND {old}").format(
        table=sql.Identifier(model._meta.db_table),
        new=sql.SQL(", ").join(sql.SQL("{} = %s").format(name) for name in names),
        old=sql.SQL(" AND ").join(sql.SQL("{} IS NOT DISTINCT FROM %s").format(name) for name in names),
    )
    if not changes:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(statement.as_string(None), changes)
        return int(cursor.rowcount)


def retire(organization: UUID) -> bool:
    """Delete the former key once nothing is left under it and no process can still write with it."""
    with tenant(organization):
        former = EncryptionKey.objects.filter(replaced_at__lt=Now() - SETTLED_AFTER)
        if not former.exists():
            return False
        if any(_outdated(organization, model, fields).exists() for model, fields in encrypted_models()):
            return False
        former.delete()
        record("keys.change_ended")
    keys.forget(organization)
    return True


def go_on() -> int:
    """Continue and end every change of keys that was begun. Returns how many ended.

    One organization that fails does not stop the others: its error is raised after them.
    """
    ended: list[bool] = []
    with ExitStack() as every:
        for organization in reversed(selectors.organizations_changing_keys()):
            every.callback(_go_on, organization, ended)
    return sum(ended)


def _go_on(organization: UUID, ended: list[bool]) -> None:
    reencrypt(organization)
    ended.append(retire(organization))
