"""Writing clients, contacts and projects: each write leaves an audit line that names fields, never values."""

from typing import Any, TypeVar
from uuid import UUID

from django.db import models

from passepartout.audit.services import record

from . import selectors
from .models import Client, ClientContact, Project

Row = TypeVar("Row", bound=models.Model)


def create_client(**values: Any) -> Client:
    return _created(Client(**values))


def create_contact(client: UUID, **values: Any) -> ClientContact:
    """Raises NotFound when the client is not of this organization."""
    return _created(ClientContact(client=selectors.client(client), **values))


def create_project(*, client: UUID, **values: Any) -> Project:
    """Raises NotFound when the client is not of this organization."""
    return _created(Project(client=selectors.client(client), **values))


def change(row: models.Model, **values: Any) -> None:
    """Set the given fields of a client, contact or project."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    record(f"{row._meta.model_name}.changed", row, detail={"fields": sorted(values)})


def archive_client(row: Client) -> None:
    """Hide a client from daily work; nothing is erased."""
    change(row, status=Client.Status.ARCHIVED)


def _created(row: Row) -> Row:
    row.save(force_insert=True)
    record(f"{row._meta.model_name}.created", row)
    return row
