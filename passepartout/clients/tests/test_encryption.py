"""Personal columns at rest: unreadable in the database, bound to their row, found by exact blind index only."""

import base64
import os
import time

import pytest
from django.db import connection

from passepartout.clients import selectors, services
from passepartout.clients.models import Client, ClientContact
from passepartout.kernel.crypto import DecryptionError
from passepartout.kernel.errors import NotFound
from passepartout.kernel.scope import tenant
from passepartout.tenancy import keys
from passepartout.tenancy.models import EncryptionKey

pytestmark = pytest.mark.django_db
PERSON = {
    "name": "Éloïse Durand",
    "email": "Eloise.Durand@example.org",
    "phone": "+33612345678",
    "address": "3 rue des Lilas, Lyon",
}


@pytest.fixture
def inside(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        yield alice


def raw(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(string_agg(row_to_json(t)::text, ' '), '') FROM {table} t")
        return cursor.fetchone()[0]


def move(table, column, *, to, origin, origin_column=None):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {column} = "
            f"(SELECT {origin_column or column} FROM {table} WHERE id = %s) WHERE id = %s",
            [origin, to],
        )
        assert cursor.rowcount == 1


def test_the_database_holds_nothing_personal_in_clear(inside):
    client = services.create_client(**PERSON)
    services.create_contact(client.pk, name="Paul Martin", email="paul@example.org", phone="0611111111")
    stored = raw("clients") + raw("client_contacts") + raw("audit_logs")
    for text in (*PERSON.values(), "Durand", "durand", "Lilas", "Paul", "paul@", "0611111111"):
        assert text not in stored
        assert base64.b64encode(text.encode()).decode().rstrip("=") not in stored


def test_a_value_moved_to_another_row_does_not_open(inside):
    one, two = services.create_client(**PERSON), services.create_client(name="Other")
    move("clients", "name", to=two.pk, origin=one.pk)
    with pytest.raises(DecryptionError):
        _ = Client.objects.get(pk=two.pk).name
    assert Client.objects.get(pk=one.pk).name == PERSON["name"]


def test_a_value_moved_to_another_column_does_not_open(inside):
    row = services.create_client(**PERSON)
    move("clients", "address", to=row.pk, origin=row.pk, origin_column="name")
    with pytest.raises(DecryptionError):
        _ = Client.objects.get(pk=row.pk).address


def test_a_value_moved_to_another_organization_does_not_open(alice, charlie):
    with tenant(alice.organization.pk, alice.user.pk):
        row = services.create_client(**PERSON)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM clients WHERE id = %s", [row.pk])
            (stored,) = cursor.fetchone()
    with tenant(charlie.organization.pk, charlie.user.pk):
        theirs = services.create_client(name="Theirs")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE clients SET name = %s WHERE id = %s", [stored, theirs.pk])
        with pytest.raises(DecryptionError):
            _ = Client.objects.get(pk=theirs.pk).name


def test_a_query_on_an_encrypted_column_is_a_programming_error(inside):
    services.create_client(**PERSON)
    with pytest.raises(TypeError, match="encrypted"):
        Client.objects.filter(name=PERSON["name"]).exists()
    with pytest.raises(TypeError, match="encrypted"):
        Client.objects.update(name="plain")


def test_values_lists_do_not_decrypt_and_do_not_pretend_to(inside):
    services.create_client(**PERSON)
    assert PERSON["name"] not in str(list(Client.objects.values_list("name", "email")))


def test_without_its_key_an_organization_is_unreadable_for_good(inside):
    row = services.create_client(**PERSON)
    keys.forget()
    EncryptionKey.objects.all().delete()
    with pytest.raises(NotFound, match="no encryption key"):
        _ = Client.objects.get(pk=row.pk).name


def test_another_key_opens_nothing(inside):
    row = services.create_client(**PERSON)
    keys.forget()
    EncryptionKey.objects.all().delete()
    keys.create_keys(inside.organization.pk)
    with pytest.raises(DecryptionError, match="no longer has"):
        _ = Client.objects.get(pk=row.pk).name


def test_another_master_key_opens_nothing(inside, settings):
    row = services.create_client(**PERSON)
    keys.forget()
    settings.FIELD_ENCRYPTION_KEYS = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    with pytest.raises(DecryptionError, match="FIELD_ENCRYPTION_KEY"):
        _ = Client.objects.get(pk=row.pk).name


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_former_master_key_still_opens_what_it_wrapped(inside, settings, position):
    row = services.create_client(**PERSON)
    keys.forget()
    ring = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    ring.insert(position, settings.FIELD_ENCRYPTION_KEYS[0])
    settings.FIELD_ENCRYPTION_KEYS = ring
    assert Client.objects.get(pk=row.pk).name == PERSON["name"]


def test_a_key_is_forgotten_within_minutes_of_its_deletion(inside, monkeypatch):
    row = services.create_client(**PERSON)
    EncryptionKey.objects.all().delete()
    assert Client.objects.get(pk=row.pk).name == PERSON["name"]  # still kept in this process
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + keys.KEPT_SECONDS)
    with pytest.raises(NotFound):
        _ = Client.objects.get(pk=row.pk).name


def test_what_was_saved_comes_back(inside):
    ident = services.create_client(**PERSON).pk
    row = Client.objects.get(pk=ident)
    assert {name: getattr(row, name) for name in PERSON} == PERSON
    assert (ClientContact.objects.count(), row.vat) == (0, "")
    services.change(row, phone="")
    assert Client.objects.get(pk=ident).phone == ""
    assert Client.objects.only("vat").get(pk=ident).name == PERSON["name"]


def test_a_change_of_another_field_keeps_what_is_encrypted(inside):
    row = Client.objects.get(pk=services.create_client(**PERSON).pk)
    services.change(row, vat="FR1")
    again = Client.objects.get(pk=row.pk)
    assert (again.name, again.vat) == (PERSON["name"], "FR1")


@pytest.mark.parametrize(
    "query", ["ÉLOÏSE DURAND", " éloïse durand ", "eloise.durand@EXAMPLE.org", "+33612345678", "E\u0301loïse Durand"]
)
def test_an_exact_search_finds_in_any_case(inside, query):
    row = services.create_client(**PERSON)
    services.create_client(name="Other")
    assert [found.pk for found in selectors.clients(exactly=query)] == [row.pk]


@pytest.mark.parametrize("query", ["Durand", "Éloïse", "eloise", "%", "example.org", "3 rue des Lilas, Lyon"])
def test_anything_less_than_exact_finds_nothing(inside, query):
    services.create_client(**PERSON)
    assert list(selectors.clients(exactly=query)) == []


@pytest.mark.parametrize("query", ["", "   ", "\t"])
def test_an_empty_search_is_no_search_and_never_means_without_phone(inside, query):
    services.create_client(name="No phone")
    services.create_client(**PERSON)
    assert len(selectors.clients(exactly=query)) == 2


def test_the_index_follows_a_change(inside):
    row = services.create_client(**PERSON)
    services.change(row, email="new@example.org")
    assert list(selectors.clients(exactly=PERSON["email"])) == []
    assert [found.pk for found in selectors.clients(exactly="NEW@example.org")] == [row.pk]


def test_the_index_of_two_organizations_cannot_be_compared(alice, charlie):
    seen = []
    for person in (alice, charlie):
        with tenant(person.organization.pk, person.user.pk):
            seen.append(services.create_client(**PERSON).name_index)
    assert seen[0] != seen[1]
    assert len(seen[0]) == 32
