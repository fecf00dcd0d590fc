"""/api/v1/api-keys/: keys for programs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import ApiKey, Membership, Role

pytestmark = pytest.mark.django_db
URL = "/api/v1/api-keys/"


def later(**span):
    return (timezone.now() + timedelta(**(span or {"days": 1}))).isoformat()


def make(client, scopes=("clients:read",), **changes):
    return client.post(URL, {"name": "n8n", "scopes": list(scopes), "expires_at": later(), **changes})


def keyed(api, key):
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": []},
        {"scopes": ["clients:destroy"]},
        {"scopes": ["*"]},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": None},
        {"name": ""},
    ],
)
def test_a_key_without_known_scopes_or_a_future_end_is_refused(api, alice, change):
    assert make(api(alice), **change).status_code == 422
    with tenant(alice.organization.pk):
        assert not ApiKey.objects.exists()


def test_a_manager_makes_no_keys(api, bob):
    assert make(api(bob)).status_code == 403


def test_a_key_does_only_what_its_scopes_say(api, alice):
    key = make(api(alice), scopes=["clients:read"]).json()["key"]
    program = keyed(api, key)
    assert program.get("/api/v1/clients/").status_code == 200
    assert program.post("/api/v1/clients/", {"name": "x"}).status_code == 403
    assert program.get("/api/v1/members/").status_code == 403
    assert program.get("/api/v1/me/").json()["abilities"] == {"clients": ["read"]}


def test_a_key_never_does_more_than_its_creators_role(api, alice):
    dora = colleague(alice, "dora@example.org", Role.ORG_ADMIN)
    key = make(api(dora), scopes=["clients:read", "clients:write"]).json()["key"]
    with tenant(alice.organization.pk, alice.user.pk):
        Membership.objects.filter(user=dora.user).update(role=Role.AUDITOR)
    assert keyed(api, key).get("/api/v1/clients/").status_code == 200
    assert keyed(api, key).post("/api/v1/clients/", {"name": "x"}).status_code == 403


def test_a_key_cannot_make_a_key_that_may_do_more(api, alice):
    key = make(api(alice), scopes=["api_keys:write", "clients:read"]).json()["key"]
    program = keyed(api, key)
    answer = make(program, scopes=["members:write"])
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_exceeded")
    assert make(program, scopes=["clients:read"]).status_code == 201


def test_an_expired_key_is_refused(api, alice):
    key = make(api(alice)).json()["key"]
    with tenant(alice.organization.pk):
        ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = keyed(api, key).get("/api/v1/clients/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_a_revoked_key_is_refused_at_once(api, alice):
    admin = api(alice)
    made = make(admin).json()
    assert keyed(api, made["key"]).get("/api/v1/clients/").status_code == 200
    assert admin.delete(f"{URL}{made['id']}/").status_code == 204
    assert keyed(api, made["key"]).get("/api/v1/clients/").status_code == 401
    assert admin.get(URL).json()[0]["revoked_at"] is not None


def test_revoking_twice_keeps_the_first_date(api, alice):
    admin = api(alice)
    ident = make(admin).json()["id"]
    admin.delete(f"{URL}{ident}/")
    first = admin.get(URL).json()[0]["revoked_at"]
    assert admin.delete(f"{URL}{ident}/").status_code == 204
    assert admin.get(URL).json()[0]["revoked_at"] == first


def test_a_key_dies_with_its_creators_membership(api, alice):
    dora = colleague(alice, "dora@example.org", Role.ORG_ADMIN)
    key = make(api(dora)).json()["key"]
    with tenant(alice.organization.pk, alice.user.pk):
        Membership.objects.filter(user=dora.user).update(active=False)
    assert keyed(api, key).get("/api/v1/clients/").status_code == 403


def test_a_key_does_not_open_another_organization(api, alice, charlie):
    """Not even one of which its creator is a member too."""
    with tenant(charlie.organization.pk, charlie.user.pk):
        Membership.objects.create(user=alice.user, role=Role.ORG_ADMIN)
    key = make(api(alice), scopes=["organization:read"]).json()["key"]
    there = keyed(api, key).get("/api/v1/me/", HTTP_X_ORGANIZATION=str(charlie.organization.pk))
    assert there.status_code == 200
    assert there.json()["organization"]["id"] == str(alice.organization.pk)


def test_another_organizations_key_does_not_exist(api, alice, charlie):
    theirs = make(api(charlie)).json()
    assert api(alice).delete(f"{URL}{theirs['id']}/").status_code == 404
    assert api(alice).delete(f"{URL}{uuid4()}/").status_code == 404
    assert api(alice).get(URL).json() == []
    assert keyed(api, theirs["key"]).get("/api/v1/clients/").status_code == 200


def test_the_table_holds_a_hash_and_never_the_key(api, alice):
    key = make(api(alice)).json()["key"]
    with tenant(alice.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM api_keys k")
        (stored,) = cursor.fetchone()
    assert key not in stored
    assert key[12:] not in stored
    assert len(key) >= 43


def test_the_key_is_shown_once_and_its_last_use_afterwards(api, alice):
    admin = api(alice)
    key = make(admin).json()["key"]
    assert "key" not in admin.get(URL).json()[0]
    assert admin.get(URL).json()[0]["last_used_at"] is None
    keyed(api, key).get("/api/v1/clients/")
    assert admin.get(URL).json()[0]["last_used_at"] is not None
