"""PATCH /api/v1/documents/{id}/."""

import pytest

from passepartout.clients.models import Client, Project
from passepartout.documents.factories import uploaded
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": ["a"]}, "title"),
        ({"visibility": "world"}, "visibility"),
        ({"visibility": "client"}, "client"),
        ({"client": "12"}, "client"),
        ({"project": {}}, "project"),
    ],
)
def test_a_wrong_value_is_named_and_changes_nothing(api, alice, change, field):
    client = api(alice)
    ident = uploaded(client, "Bail")
    before = client.get(f"{URL}{ident}/").json()
    answer = client.patch(f"{URL}{ident}/", change)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert client.get(f"{URL}{ident}/").json() == before


def test_another_organizations_client_is_unknown(api, alice, charlie):
    with tenant(charlie.organization.pk):
        foreign = Client.objects.create(name="Société Nord")
    client = api(alice)
    ident = uploaded(client, "Bail")
    assert client.patch(f"{URL}{ident}/", {"client": str(foreign.pk)}).status_code == 404


def test_only_the_uploader_makes_a_document_private(api, alice, bob):
    ident = uploaded(api(alice), "Bail")
    assert api(bob).patch(f"{URL}{ident}/", {"visibility": "private"}).status_code == 403
    assert api(alice).patch(f"{URL}{ident}/", {"visibility": "private"}).status_code == 200
    assert api(bob).get(f"{URL}{ident}/").status_code == 404


def test_a_new_title_leaves_the_links_alone(api, alice, bob):
    with tenant(alice.organization.pk):
        customer = Client.objects.create(name="Durand")
        project = Project.objects.create(client=customer, name="Villa")
    ident = uploaded(api(alice), "Bail", project=project.pk, visibility="client")
    changed = api(bob).patch(f"{URL}{ident}/", {"title": "Bail signé"}).json()
    assert (changed["title"], changed["project"], changed["visibility"]) == ("Bail signé", str(project.pk), "client")
    assert changed["client"] == str(customer.pk)


def test_sharing_with_a_client_ends_with_the_link(api, alice):
    with tenant(alice.organization.pk):
        customer = Client.objects.create(name="Durand")
    client = api(alice)
    ident = uploaded(client, "Bail", client=customer.pk, visibility="client")
    assert client.patch(f"{URL}{ident}/", {"client": None}).status_code == 422
    assert client.patch(f"{URL}{ident}/", {"client": None, "visibility": "organization"}).json()["client"] is None
