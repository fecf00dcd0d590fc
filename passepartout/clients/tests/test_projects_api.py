"""/api/v1/projects/."""

from uuid import uuid4

import pytest

from passepartout.clients.services import create_client, create_project
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role

pytestmark = pytest.mark.django_db
URL = "/api/v1/projects/"


@pytest.fixture
def durand(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        return create_client(name="Mme Durand")


def villa(owner, **changes):
    return {"client": str(owner.pk), "name": "Villa des Pins", "kind": "property_mgmt", **changes}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "war"}, "kind"),
        ({"client": "x"}, "client"),
        ({"starts_on": "2026-02-30"}, "starts_on"),
        ({"starts_on": "2026-03-02", "ends_on": "2026-03-01"}, "ends_on"),
        ({"manager_id": "x"}, "manager_id"),
    ],
)
def test_an_invalid_project_is_refused_field_by_field(api, alice, durand, change, field):
    answer = api(alice).post(URL, villa(durand, **change))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_an_end_before_the_start_is_refused_in_a_change_too(api, alice, durand):
    client = api(alice)
    ident = client.post(URL, villa(durand, starts_on="2026-03-02")).json()["id"]
    assert client.patch(f"{URL}{ident}/", {"ends_on": "2026-03-01"}).status_code == 422


def test_a_project_cannot_be_given_to_an_unknown_client(api, alice, durand):
    client = api(alice)
    ident = client.post(URL, villa(durand)).json()["id"]
    assert client.patch(f"{URL}{ident}/", {"client": str(uuid4())}).status_code == 404
    assert client.get(f"{URL}{ident}/").json()["client"] == str(durand.pk)


def test_a_portal_sees_the_projects_of_its_own_client_only(api, alice, durand):
    with tenant(alice.organization.pk, alice.user.pk):
        own = create_project(client=durand.pk, name="Villa des Pins", kind="event")
        other = create_project(client=create_client(name="M. Martin").pk, name="Secret", kind="event")
    portal = api(colleague(alice, "durand@example.org", Role.CLIENT_PORTAL, client_id=durand.pk))
    assert [row["id"] for row in portal.get(URL).json()["results"]] == [str(own.pk)]
    assert portal.get(f"{URL}{own.pk}/").status_code == 200
    assert portal.get(f"{URL}{other.pk}/").status_code == 404
    assert portal.patch(f"{URL}{own.pk}/", {"name": "x"}).status_code == 403


def test_a_project_is_created_and_changed(api, alice, durand):
    client = api(alice)
    made = client.post(URL, villa(durand, starts_on="2026-03-01", ends_on="2026-03-31"))
    assert made.status_code == 201
    changed = client.patch(f"{URL}{made.json()['id']}/", {"status": "on_hold"})
    assert (changed.status_code, changed.json()["status"], changed.json()["client"]) == (200, "on_hold", str(durand.pk))
