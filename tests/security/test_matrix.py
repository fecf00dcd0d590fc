"""The permission matrix holds at every address, for every role and verb; generated from the URL conf."""

from typing import Any

import pytest

from passepartout.clients.services import create_client
from passepartout.kernel.scope import tenant
from passepartout.tenancy import tokens
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.matrix import MATRIX, SCOPES
from passepartout.tenancy.models import Role
from passepartout.tenancy.permissions import InSession, MatrixPermission, SignedIn, verb_of

from .probes import LEAK_PROBES, OPEN_ROUTES, OWN
from .routes import routes
from .test_leaks import planted_by, reach

pytestmark = pytest.mark.django_db
GUARDED = [
    route for route in routes() if route.path in LEAK_PROBES and MatrixPermission in route.view.permission_classes
]
CASES = [(route, method) for route in GUARDED for method in route.methods]
# Written by hand, so that a slip in the table is seen: never, whatever the table says.
NEVER = {
    ("auditor", "write"), ("auditor", "transition"), ("auditor", "approve"), ("auditor", "use"),
    ("provider_portal", "read"), ("provider_portal", "write"), ("provider_portal", "export"),
    ("client_portal", "export"), ("client_portal", "approve"),
    ("driver", "export"), ("driver", "approve"), ("warehouse_operator", "export"), ("warehouse_operator", "approve"),
}  # fmt: skip
ADMINISTRATORS_ALONE = {"api_keys:write", "organization:write", "prompts:write", "prompts:transition", "llm_run:use"}
PORTAL_READS = {"projects", "documents", "jobs"}


def member(alice: Any, role: str) -> Any:
    if role == Role.ORG_ADMIN:
        return alice
    fields = {}
    if role == Role.CLIENT_PORTAL:
        with tenant(alice.organization.pk, alice.user.pk):
            fields["client_id"] = create_client(name="Portal").pk
    return colleague(alice, f"{role}@example.org", role, **fields)


def signed_in(api: Any, person: Any) -> Any:
    client = api()
    _, row = tokens.open_family(person.user, person.organization.pk)
    access = tokens.issue_access(person.user, person.organization.pk, row.family)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def test_every_address_is_guarded_by_the_matrix_or_open_on_purpose():
    unguarded = {
        route.path
        for route in routes()
        if route.path not in OPEN_ROUTES and MatrixPermission not in route.view.permission_classes
    }
    assert {path for path in unguarded if not path.startswith("notifications/")} == {"me/"}
    own = [route for route in routes() if route.path in unguarded]
    assert all({SignedIn, InSession} & set(route.view.permission_classes) for route in own)


@pytest.mark.parametrize(("route", "method"), CASES, ids=[f"{method} {route.path}" for route, method in CASES])
def test_a_role_passes_where_the_matrix_says_so_and_nowhere_else(api, alice, route, method):
    assert route.view.resource in MATRIX
    verb = verb_of(route.view, method.upper())
    probe = LEAK_PROBES[route.path]
    planted = planted_by(alice, probe)
    allowed, passed = {}, {}
    for role in Role:
        client = signed_in(api, member(alice, role))
        if probe.bodies.get(method) == OWN:
            answer = getattr(client, method)(route.address(**planted.arguments), {})
        else:
            answer = reach(client, route, method, probe, planted)
        allowed[role.value] = verb in MATRIX[route.view.resource][role].verbs
        passed[role.value] = answer.status_code != 403
        assert answer.status_code < 500, answer.content
        assert answer.status_code not in {401, 405}
        if answer.status_code == 403:
            assert answer.json()["code"] == "forbidden"
    assert passed == allowed


@pytest.mark.parametrize("role", list(Role))
def test_the_served_abilities_are_the_matrix(api, alice, role):
    served = signed_in(api, member(alice, role)).get("/api/v1/me/").json()["abilities"]
    expected = {resource: sorted(row[role].verbs) for resource, row in MATRIX.items() if row[role].verbs}
    assert served == expected


def test_what_no_role_may_ever_do_is_not_in_the_table():
    granted = {(role.value, verb) for row in MATRIX.values() for role, grant in row.items() for verb in grant.verbs}
    assert granted & NEVER == set()


def test_what_only_an_administrator_does_is_given_to_nobody_else():
    for scope in ADMINISTRATORS_ALONE:
        resource, verb = scope.split(":")
        assert [role.value for role, grant in MATRIX[resource].items() if verb in grant.verbs] == ["org_admin"]


def test_portals_reach_their_own_rows_only():
    for resource, row in MATRIX.items():
        grant = row[Role.CLIENT_PORTAL]
        assert grant.reach in {"client", "assigned", "none"}, resource
        if "read" in grant.verbs:
            assert resource in PORTAL_READS
        assert row[Role.PROVIDER_PORTAL].verbs == frozenset()


def test_every_row_names_every_role():
    for row in MATRIX.values():
        assert set(row) == set(Role)


def test_scopes_of_keys_are_the_grants_of_the_matrix():
    assert "clients:read" in SCOPES
    assert set(SCOPES) == {f"{r}:{v}" for r, row in MATRIX.items() for grant in row.values() for v in grant.verbs}
