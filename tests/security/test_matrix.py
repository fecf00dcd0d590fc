"""The permission matrix holds at every address, for every role and verb; generated from the URL conf."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.utils import timezone

from passepartout.clients.services import create_client
from passepartout.config.pages.urls import urlpatterns as page_addresses
from passepartout.kernel.scope import tenant
from passepartout.realtime.rooms import rooms_of
from passepartout.realtime.sessions import Session
from passepartout.tenancy import tokens
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.matrix import MATRIX, SCOPES
from passepartout.tenancy.models import Role
from passepartout.tenancy.permissions import InSession, MatrixPermission, SignedIn, verb_of
from passepartout.tenancy.selectors import caller_in
from passepartout.tenancy.services import create_api_key

from .probes import LEAK_PROBES, OPEN_ROUTES, OWN
from .routes import others, routes
from .test_leaks import planted_by, reach, state_of, text_of

pytestmark = pytest.mark.django_db
GUARDED = [
    route for route in routes() if route.path in LEAK_PROBES and MatrixPermission in route.view.permission_classes
]
CASES = [(route, method) for route in GUARDED for method in route.methods]
NAMES = [f"{method} {route.path}" for route, method in CASES]
REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference/openapi.yaml"
_NAMED = {"pk": "id"}  # what the schema calls an argument of an address
# What a key may not do though its scope says so: a decision on SQL is somebody's.
PERSONS_ALONE = {"proposals/<uuid:pk>/actions/<action>/", "data-requests/<uuid:pk>/actions/<action>/"}
# Written by hand, so that a slip in the table is seen: never, whatever the table says.
NEVER = {
    ("auditor", "write"), ("auditor", "transition"), ("auditor", "approve"), ("auditor", "use"),
    ("provider_portal", "read"), ("provider_portal", "write"), ("provider_portal", "export"),
    ("client_portal", "export"), ("client_portal", "approve"),
    ("driver", "export"), ("driver", "approve"), ("warehouse_operator", "export"), ("warehouse_operator", "approve"),
}  # fmt: skip
ADMINISTRATORS_ALONE = {"api_keys:write", "organization:write", "prompts:write", "prompts:transition", "llm_run:use",
                         "data_requests:transition", "retention:write"}  # fmt: skip
PORTAL_READS = {"clients", "projects", "documents", "jobs"}
# What is not the API's, and is anybody's to open.
OPEN_PAGES = {
    "health/live": "whether the process lives",
    "health/ready": "whether its parts answer, and no more",
    "metrics": "numbers, with a token of its own or from this machine",
}


def sent_by(client: Any, route: Any, method: str, planted: Any) -> Any:
    """The answer to a request as a person who may would make it."""
    probe = LEAK_PROBES[route.path]
    if probe.bodies.get(method) == OWN:
        return getattr(client, method)(route.address(**planted.arguments), {})
    return reach(client, route, method, probe, planted)


def with_key(api: Any, person: Any, scopes: list[str]) -> Any:
    """A program with a key of the person's."""
    with tenant(person.organization.pk, person.user.pk):
        caller = caller_in(person.user.pk, person.organization.pk)
        secret, _ = create_api_key(caller, name="n8n", scopes=scopes, expires_at=timezone.now() + timedelta(hours=1))
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


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


@pytest.mark.parametrize(("route", "method"), CASES, ids=NAMES)
def test_a_role_passes_where_the_matrix_says_so_and_nowhere_else(api, alice, route, method):
    assert route.view.resource in MATRIX
    verb = verb_of(route.view, method.upper())
    planted = planted_by(alice, LEAK_PROBES[route.path])
    allowed, passed = {}, {}
    for role in Role:
        answer = sent_by(signed_in(api, member(alice, role)), route, method, planted)
        allowed[role.value] = verb in MATRIX[route.view.resource][role].verbs
        passed[role.value] = answer.status_code != 403
        assert answer.status_code < 500, answer.content
        assert answer.status_code not in {401, 405}
        if answer.status_code == 403:
            assert answer.json()["code"] == "forbidden"
    assert passed == allowed


@pytest.mark.parametrize(("route", "method"), CASES, ids=NAMES)
def test_a_key_passes_with_the_one_scope_that_the_matrix_asks_for_and_not_with_all_the_others(
    api, alice, route, method
):
    needed = f"{route.view.resource}:{verb_of(route.view, method.upper())}"
    planted = planted_by(alice, LEAK_PROBES[route.path])
    denied = sent_by(with_key(api, alice, [scope for scope in SCOPES if scope != needed]), route, method, planted)
    assert (denied.status_code, denied.json()["code"]) == (403, "forbidden")
    allowed = sent_by(with_key(api, alice, [needed]), route, method, planted)
    assert allowed.status_code < 500
    assert allowed.status_code not in {401, 405}
    if allowed.status_code == 403:  # the key may, but what it would do is a person's alone
        assert route.path in PERSONS_ALONE


NARROW = [
    (route, method, role)
    for route, method in CASES
    for role in Role
    if MATRIX[route.view.resource][role].reach in {"assigned", "client"}
    and verb_of(route.view, method.upper()) in MATRIX[route.view.resource][role].verbs
    and LEAK_PROBES[route.path].bodies.get(method) != OWN
]


@pytest.mark.parametrize(
    ("route", "method", "role"), NARROW, ids=[f"{role.value} {method} {route.path}" for route, method, role in NARROW]
)
def test_who_reaches_less_than_the_organization_gets_nothing_of_what_is_others(api, alice, bob, route, method, role):
    probe = LEAK_PROBES[route.path]
    planted = planted_by(alice, probe)
    before = state_of(planted, alice)
    answer = reach(signed_in(api, member(alice, role)), route, method, probe, planted)
    assert answer.status_code in ({403, 404} if route.arguments else {200, 404, 422}), answer.content
    sent = str(probe.body(method, planted)) if method != "get" else ""
    marks = [mark for mark in planted.marks if mark not in sent]
    assert [mark for mark in marks if mark in text_of(answer)] == []
    assert state_of(planted, alice) == before


def test_the_documented_api_is_these_addresses_and_methods():
    documented = yaml.safe_load(REFERENCE.read_text(encoding="utf-8"))["paths"]
    described = {(path, method) for path, taken in documented.items() for method in taken if method != "parameters"}
    ours = {(_described(route), method) for route in routes() for method in route.methods if route.path != "schema/"}
    assert {each for each in described if "/schema/" not in each[0]} == ours


def _described(route: Any) -> str:
    path = route.path if route.path.startswith("/") else f"/api/v1/{route.path}"
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: f"{{{_NAMED.get(found[1], found[1])}}}", path)


def test_an_address_outside_the_api_is_a_page_or_open_on_purpose():
    """Pages hold no data: what they show they ask of the API, with the visitor's own token."""
    pages = {str(pattern.pattern) for pattern in page_addresses}
    assert set(others()) - pages == set(OPEN_PAGES)


def test_who_reads_the_whole_of_a_resource_listens_to_it_and_nobody_else(alice):
    for role in Role:
        session = Session(alice.user.pk, alice.organization.pk, uuid4(), role, None)
        rooms = {room.rpartition(".")[2] for room in rooms_of(session) if room.startswith("org.")}
        assert rooms == {
            resource
            for resource, row in MATRIX.items()
            if row[role].reach == "organization" and "read" in row[role].verbs
        }


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
