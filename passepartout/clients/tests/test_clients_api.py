"""/api/v1/clients/ and their contacts."""

from uuid import uuid4

import pytest

from passepartout.audit.selectors import recent
from passepartout.clients.models import Client
from passepartout.clients.services import create_client, create_contact
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role

pytestmark = pytest.mark.django_db
URL = "/api/v1/clients/"
DURAND = {"kind": "person", "name": "Mme Durand", "email": "durand@example.org", "phone": "0612345678", "tags": ["vip"]}


def lines(person):
    with tenant(person.organization.pk, person.user.pk):
        return [(line.action_type, line.detail) for line in recent()]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": "no address"}, "email"),
        ({"phone": "1" * 41}, "phone"),
        ({"kind": "robot"}, "kind"),
        ({"country": "FRA"}, "country"),
        ({"vat": "x" * 21}, "vat"),
        ({"tags": ["x" * 51]}, "tags.0"),
        ({"tags": ["x"] * 51}, "tags"),
        ({"tags": "vip"}, "tags"),
        ({"address": "x" * 1001}, "address"),
    ],
)
def test_an_invalid_client_is_refused_field_by_field(api, alice, change, field):
    answer = api(alice).post(URL, {**DURAND, **change})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field
    with tenant(alice.organization.pk):
        assert not Client.objects.exists()


def test_an_invalid_change_changes_nothing(api, alice):
    client = api(alice)
    ident = client.post(URL, DURAND).json()["id"]
    assert client.patch(f"{URL}{ident}/", {"name": "Changed", "email": "no"}).status_code == 422
    assert client.get(f"{URL}{ident}/").json()["name"] == "Mme Durand"


def test_nobody_sets_the_status_or_the_organization_by_hand(api, alice, charlie):
    client = api(alice)
    made = client.post(
        URL, {**DURAND, "status": "archived", "org": str(charlie.organization.pk), "id": str(uuid4())}
    ).json()
    assert made["status"] == "active"
    with tenant(alice.organization.pk):
        assert Client.objects.get().org_id == alice.organization.pk


@pytest.mark.parametrize("role", [Role.DRIVER, Role.WAREHOUSE, Role.PROVIDER_PORTAL])
def test_who_does_not_need_clients_does_not_see_them(api, alice, role):
    with tenant(alice.organization.pk, alice.user.pk):
        ident = create_client(name="Mme Durand").pk
    person = colleague(alice, "x@example.org", role)
    for path in (URL, f"{URL}{ident}/", f"{URL}{ident}/contacts/"):
        assert api(person).get(path).status_code == 403


def test_a_portal_sees_its_own_client_and_no_other(api, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        mine, other = create_client(name="Mme Durand").pk, create_client(name="M. Martin").pk
        for client in (mine, other):
            create_contact(client, name=f"Contact of {client}")
    portal = api(colleague(alice, "x@example.org", Role.CLIENT_PORTAL, client_id=mine))
    for path in (f"{URL}{other}/", f"{URL}{other}/contacts/"):
        assert portal.get(path).status_code == 404
    assert portal.get(URL, {"exactly": "M. Martin"}).json()["results"] == []
    for method in (portal.patch, portal.delete):
        assert method(f"{URL}{mine}/").status_code == 403
    assert [row["id"] for row in portal.get(URL).json()["results"]] == [str(mine)]
    assert portal.get(f"{URL}{mine}/").json()["name"] == "Mme Durand"
    assert [row["name"] for row in portal.get(f"{URL}{mine}/contacts/").json()["results"]] == [f"Contact of {mine}"]


def test_an_auditor_is_shown_no_personal_field_and_cannot_try_them_out(api, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        person = create_client(name="Mme Durand", kind="person", email="durand@example.org", phone="0612345678",
                               address="12 rue des Lilas", country="FR").pk  # fmt: skip
        create_client(name="Durand SA", kind="company")
        create_contact(person, name="Paul Durand", email="paul@example.org", phone="0612345679")
    auditor = api(colleague(alice, "x@example.org", Role.AUDITOR))
    company, shown = auditor.get(URL).json()["results"]
    one, contact = auditor.get(f"{URL}{person}/").json(), auditor.get(f"{URL}{person}/contacts/").json()["results"][0]
    for row in (shown, one):
        assert [row[name] for name in ("name", "email", "phone", "address", "country")] == ["•••"] * 4 + ["FR"]
    assert (company["name"], company["email"]) == ("Durand SA", "")
    assert [contact[name] for name in ("name", "email", "phone")] == ["•••"] * 3
    assert auditor.get(URL, {"exactly": "durand@example.org"}).json()["results"] == []


def test_an_unknown_client_has_no_contacts(api, alice):
    assert api(alice).get(f"{URL}{uuid4()}/contacts/").status_code == 404
    assert api(alice).post(f"{URL}{uuid4()}/contacts/", {"name": "x"}).status_code == 404


def test_a_client_is_created_read_found_and_changed(api, alice):
    client = api(alice)
    made = client.post(URL, DURAND)
    assert made.status_code == 201
    ident = made.json()["id"]
    assert {name: made.json()[name] for name in DURAND} == DURAND
    assert client.get(f"{URL}{ident}/").json() == made.json()
    assert [row["id"] for row in client.get(URL, {"exactly": "DURAND@example.org"}).json()["results"]] == [ident]
    assert client.get(URL, {"exactly": "nobody"}).json()["results"] == []
    changed = client.patch(f"{URL}{ident}/", {"phone": "0700000000"})
    assert (changed.status_code, changed.json()["phone"], changed.json()["name"]) == (200, "0700000000", "Mme Durand")


def test_archiving_hides_nothing_but_says_so(api, alice):
    client = api(alice)
    ident = client.post(URL, DURAND).json()["id"]
    assert client.delete(f"{URL}{ident}/").status_code == 204
    assert client.get(f"{URL}{ident}/").json()["status"] == "archived"


def test_audit_lines_name_fields_and_never_values(api, alice):
    client = api(alice)
    ident = client.post(URL, DURAND).json()["id"]
    client.patch(f"{URL}{ident}/", {"phone": "0700000000", "email": "new@example.org"})
    client.post(f"{URL}{ident}/contacts/", {"name": "Paul"})
    client.delete(f"{URL}{ident}/")
    ours = [line for line in lines(alice) if line[0].startswith("client")]
    assert ours == [
        ("client.changed", {"fields": ["status"]}),
        ("clientcontact.created", {}),
        ("client.changed", {"fields": ["email", "phone"]}),
        ("client.created", {}),
    ]


@pytest.mark.django_db(transaction=True)
def test_without_its_audit_line_there_is_no_client(api, alice, monkeypatch):
    from django.db import OperationalError

    from passepartout.clients import services

    def refuse(*args, **kwargs):
        raise OperationalError("the audit log cannot be written")

    monkeypatch.setattr(services, "record", refuse)
    assert api(alice).post(URL, DURAND).status_code == 503
    with tenant(alice.organization.pk):
        assert not Client.objects.exists()


def test_pages_go_on_where_the_last_one_ended(api, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        for number in range(5):
            create_client(name=f"Client {number}")
    client = api(alice)
    page = client.get(URL, {"page_size": 2}).json()
    names = [row["name"] for row in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        names += [row["name"] for row in page["results"]]
    assert names == [f"Client {number}" for number in reversed(range(5))]


def test_contacts_belong_to_their_client(api, alice):
    client = api(alice)
    first, second = (client.post(URL, {**DURAND, "name": name}).json()["id"] for name in ("A", "B"))
    made = client.post(f"{URL}{first}/contacts/", {"name": "Paul", "is_payer": True})
    assert (made.status_code, made.json()["is_payer"]) == (201, True)
    assert [row["name"] for row in client.get(f"{URL}{first}/contacts/").json()["results"]] == ["Paul"]
    assert client.get(f"{URL}{second}/contacts/").json()["results"] == []
