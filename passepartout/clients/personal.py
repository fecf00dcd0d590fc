"""Clients, contacts and projects as personal content: found by blind index, given out, made anonymous."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from passepartout.audit.services import record
from passepartout.kernel.fields import BlindIndexField
from passepartout.kernel.personal import Found, Mentions, Source, Subject
from passepartout.kernel.scope import tenant_transaction

from .models import Client, ClientContact, Project

NAMELESS = "—"


def find_clients(subject: Subject) -> Iterator[Found]:
    """By e-mail or telephone; who has no more than the name in common is shown, and leads to nothing."""
    with tenant_transaction():
        surely = Q(pk__in=subject.clients) | _hashed(Client, email=subject.emails, phone=subject.phones)
        rows = list(_known(Client.objects.filter(surely)))
        named = list(_known(Client.objects.filter(_hashed(Client, name=subject.names)).exclude(surely)))
    for row in rows:
        yield Found(row.pk, "itself", row.name, leads_to=_subject(row) | Subject(clients=frozenset({row.pk})))
    for row in named:
        yield Found(row.pk, "same_name", row.name)


def find_contacts(subject: Subject) -> Iterator[Found]:
    with tenant_transaction():
        surely = _hashed(ClientContact, email=subject.emails, phone=subject.phones)
        rows = list(ClientContact.objects.filter(surely).exclude(name=""))
        persons = Q(client__in=subject.clients, client__kind=Client.Kind.PERSON)
        linked = list(ClientContact.objects.filter(persons).exclude(surely).exclude(name=""))
    for row in rows:
        yield Found(row.pk, "itself", row.name, leads_to=_subject(row))
    for row in linked:
        yield Found(row.pk, "linked", row.name)


def find_projects(subject: Subject) -> Iterator[Found]:
    mentions = Mentions.of(subject)
    with tenant_transaction():
        rows = list(Project.objects.exclude(name=NAMELESS).order_by("pk"))
    for row in rows:
        if row.client_id in subject.clients:
            yield Found(row.pk, "linked", row.name)
        elif mentions.named_in(row.name):
            yield Found(row.pk, "mentions", row.name)


def _known(rows: Any) -> Any:
    return rows.exclude(status=Client.Status.ANONYMISED)


def _hashed(model: type[Client] | type[ClientContact], **wanted: frozenset[str]) -> Q:
    found = Q(pk__in=[])
    for name, values in wanted.items():
        column = model._meta.get_field(f"{name}_index")
        assert isinstance(column, BlindIndexField)
        hashes = {column.index_of(value) for value in values} - {""}
        found |= Q(**{f"{column.name}__in": hashes})
    return found


def _subject(row: Client | ClientContact) -> Subject:
    said: dict[str, Any] = {"emails": row.email, "phones": row.phone, "names": row.name}
    return Subject(**{name: frozenset({value}) for name, value in said.items() if value})


def give_client(ident: UUID) -> dict[str, Any] | None:
    return _given(Client, ident, "kind", "name", "email", "phone", "address", "country", "vat", "tags", "created_at")


def give_contact(ident: UUID) -> dict[str, Any] | None:
    return _given(ClientContact, ident, "client_id", "name", "email", "phone", "role", "created_at")


def give_project(ident: UUID) -> dict[str, Any] | None:
    return _given(Project, ident, "client_id", "name", "kind", "status", "starts_on", "ends_on", "created_at")


def _given(model: type[Any], ident: UUID, *names: str) -> dict[str, Any] | None:
    with tenant_transaction():
        row = model.objects.filter(pk=ident).first()
        return row and {name: getattr(row, name) for name in names}


def erase_client(ident: UUID) -> None:
    """The row stays for what refers to it (projects, documents kept by law), without anything of the person."""
    with tenant_transaction():
        row = _known(Client.objects.select_for_update().filter(pk=ident)).first()
        if row is None:
            return
        row.name = row.email = row.phone = row.address = ""
        row.vat, row.tags = "", []
        row.status = Client.Status.ANONYMISED
        row.save()
        record("client.anonymised", row)


def erase_contact(ident: UUID) -> None:
    with tenant_transaction():
        for row in ClientContact.objects.filter(pk=ident):
            record("clientcontact.erased", row)
            row.delete()


def erase_project(ident: UUID) -> None:
    with tenant_transaction():
        for row in Project.objects.filter(pk=ident).exclude(name=NAMELESS):
            row.name = NAMELESS
            row.save(update_fields=["name", "updated_at"])
            record("project.anonymised", row)


SOURCES = (
    Source("clients", 20, find_clients, give_client, erase_client, reviewed=True, identity=True),
    Source("client_contacts", 21, find_contacts, give_contact, erase_contact, reviewed=True, identity=True),
    Source("projects", 30, find_projects, give_project, erase_project, reviewed=True),
)
