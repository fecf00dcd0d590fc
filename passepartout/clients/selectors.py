"""Reading clients, contacts and projects."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from passepartout.kernel.errors import NotFound
from passepartout.kernel.fields import BlindIndexField
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.matrix import MASKED

from .models import Client, ClientContact, Project

SEARCHED = ("name", "email", "phone")


def clients(*, exactly: str = "") -> Any:
    """Clients, newest first; ``exactly`` keeps those whose name, e-mail or phone is just that (any case)."""
    rows = Client.objects.order_by("-created_at", "-id")
    if not exactly.strip():
        return rows
    wanted = Q()
    for name in SEARCHED:
        field = Client._meta.get_field(f"{name}_index")
        assert isinstance(field, BlindIndexField)
        wanted |= Q(**{field.name: field.index_of(exactly)})
    return rows.filter(wanted)


def clients_visible_to(caller: Caller, *, exactly: str = "") -> Any:
    """As `clients`. Who is shown no personal fields finds nobody by them: they would be learned by trying."""
    if exactly.strip() and caller.shown("clients") == MASKED:
        return Client.objects.none()
    rows = clients(exactly=exactly)
    return rows.filter(pk=caller.client_id) if caller.reach("clients") == "client" else rows


def contacts(client: UUID) -> Any:
    return ClientContact.objects.filter(client_id=client).order_by("-created_at", "-id")


def projects_visible_to(caller: Caller) -> Any:
    rows = Project.objects.order_by("-created_at", "-id")
    return rows.filter(client_id=caller.client_id) if caller.reach("projects") == "client" else rows


def client_visible_to(caller: Caller, ident: UUID) -> Client:
    """Raises NotFound."""
    found: Client | None = clients_visible_to(caller).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such client.")
    return found


def client(ident: UUID) -> Client:
    """Raises NotFound, for another organization's as for none."""
    found: Client | None = Client.objects.filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such client.")
    return found


def project(ident: UUID) -> Project:
    """Raises NotFound, for another organization's as for none."""
    found: Project | None = Project.objects.filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such project.")
    return found
