"""A portal member stands for a client of the same organization."""

from uuid import uuid4

import pytest

from passepartout.clients.services import create_client
from passepartout.kernel.scope import tenant
from passepartout.tenancy.models import User

pytestmark = pytest.mark.django_db
URL = "/api/v1/members/"


def test_a_portal_member_cannot_stand_for_an_unknown_client_or_another_organizations(api, alice, charlie):
    with tenant(charlie.organization.pk, charlie.user.pk):
        theirs = create_client(name="Client of Charlie")
    for ident in (theirs.pk, uuid4()):
        body = {"email": "p@example.org", "role": "client_portal", "client_id": str(ident)}
        answer = api(alice).post(URL, body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "client_id"
    assert not User.objects.filter(email="p@example.org").exists()


def test_a_portal_member_stands_for_a_client_of_the_house(api, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        ours = create_client(name="Mme Durand")
    body = {"email": "p@example.org", "role": "client_portal", "client_id": str(ours.pk)}
    answer = api(alice).post(URL, body)
    assert (answer.status_code, answer.json()["client_id"]) == (201, str(ours.pk))
    ident = answer.json()["id"]
    assert api(alice).patch(f"{URL}{ident}/", {"role": "manager"}).status_code == 422
