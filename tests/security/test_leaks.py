"""Charlie belongs to another organization: through no address does anything of Alice's reach Charlie.

Generated from the URL conf and `probes.LEAK_PROBES`.
"""

from typing import Any

import pytest
from django.core.serializers import serialize

from passepartout.kernel.scope import tenant

from .probes import FURTHER_PROBES, LEAK_PROBES, OPEN_ROUTES, OWN, Planted, Probe
from .routes import Route, routes

pytestmark = pytest.mark.django_db
ROUTES = {route.path: route for route in routes()}
CASES = [
    *(
        (path, method, LEAK_PROBES[path])
        for path, route in ROUTES.items()
        if path in LEAK_PROBES
        for method in route.methods
        if LEAK_PROBES[path].bodies.get(method) != OWN
    ),
    *(case for case in FURTHER_PROBES if case[0] in ROUTES),
]
NAMES = [f"{method} {path}" for path, method, _ in CASES]


def planted_by(alice: Any, probe: Probe) -> Planted:
    with tenant(alice.organization.pk, alice.user.pk):
        return probe.plant(alice)


def state_of(planted: Planted, alice: Any) -> str:
    """Alice's rows as they are stored now."""
    with tenant(alice.organization.pk, alice.user.pk):
        return str(serialize("json", [type(row)._base_manager.get(pk=row.pk) for row in planted.rows]))


def reach(client: Any, route: Route, method: str, probe: Probe, planted: Planted) -> Any:
    address = route.address(**planted.arguments) + probe.query
    return getattr(client, method)(
        address, probe.body(method, planted), format=None if method == "get" else probe.format
    )


def text_of(answer: Any) -> str:
    return (b"".join(answer) if answer.streaming else answer.content).decode("utf-8", "replace")


def test_every_address_has_a_probe_or_a_reason_not_to():
    assert set(ROUTES) - set(LEAK_PROBES) - set(OPEN_ROUTES) == set()


def test_no_probe_is_left_of_an_address_that_is_gone():
    assert (set(LEAK_PROBES) | set(OPEN_ROUTES)) - set(ROUTES) == set()


@pytest.mark.parametrize(("path", "method", "probe"), CASES, ids=NAMES)
def test_charlie_gets_nothing_of_alices(api, alice, charlie, path, method, probe):
    route = ROUTES[path]
    planted = planted_by(alice, probe)
    before = state_of(planted, alice)
    answer = reach(api(charlie), route, method, probe, planted)
    if method in probe.own:
        assert answer.status_code == 200, answer.content
    elif route.arguments or method != "get":
        assert answer.status_code in {404, 422}, answer.content
        if route.arguments:
            assert answer.status_code == 404
    else:
        assert answer.status_code == 200, answer.content
    body = text_of(answer)
    sent = str(probe.body(method, planted)) if method != "get" else ""
    assert [mark for mark in planted.marks if mark in body and mark not in sent] == []
    assert state_of(planted, alice) == before


@pytest.mark.parametrize(("path", "method", "probe"), CASES, ids=NAMES)
def test_nobody_gets_anything_without_a_token(api, alice, path, method, probe):
    planted = planted_by(alice, probe)
    before = state_of(planted, alice)
    answer = reach(api(), ROUTES[path], method, probe, planted)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert state_of(planted, alice) == before


@pytest.mark.parametrize(
    ("path", "probe"),
    [(path, probe) for path, method, probe in CASES if method == "get" and probe.shows],
    ids=[path for path, method, probe in CASES if method == "get" and probe.shows],
)
def test_alice_does_get_what_charlie_does_not(api, alice, path, probe):
    """Without this the tests above could pass because nothing is ever shown."""
    planted = planted_by(alice, probe)
    answer = reach(api(alice), ROUTES[path], "get", probe, planted)
    assert answer.status_code == 200, answer.content
    assert any(mark in text_of(answer) for mark in planted.marks)


@pytest.mark.parametrize(
    ("path", "method", "probe"),
    [case for case in CASES if case[1] != "get"],
    ids=[name for name, case in zip(NAMES, CASES, strict=True) if case[1] != "get"],
)
def test_alice_can_do_what_charlie_cannot(api, alice, path, method, probe):
    planted = planted_by(alice, probe)
    answer = reach(api(alice), ROUTES[path], method, probe, planted)
    assert answer.status_code in {200, 201, 204}, answer.content
