"""Take a layer of the gate away and attacks succeed: so the suite bites, and the layer is needed.

Each case runs the same attacks over the same layers without and with the one it is about. `benchmarks/sql_gate.py`
does it for every attack.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from . import read_statements
from .layers import STEPS, Gate, Layers
from .world import world

ATTACKS = {attack.sql: attack for attack in read_statements("attacks")}
STEP = dict(STEPS)
PLAIN = STEP["own role, views, read only, rolled back"]


@dataclass(frozen=True)
class Case:
    """``without`` and the layer: `Layers` before, and what is added; attacks that it stops, and as what they show."""

    layer: str
    without: Layers
    attacks: tuple[str, ...]
    harm: frozenset[str]

    @property
    def covered(self) -> Layers:
        return replace(self.without, **{self.layer: True})


CASES = [
    Case(
        "own_role",
        STEP["the application's own role"],
        (
            'SELECT * FROM "public"."documents"',
            "DELETE FROM documents",
            "WITH x AS (UPDATE documents SET title = 'x' RETURNING id) SELECT id FROM x",
            "SELECT title FROM documents FOR UPDATE",
            "SELECT secret FROM documents",
        ),
        frozenset({"a hidden column", "changed", "locks"}),
    ),
    Case(
        "extended",
        PLAIN,
        ("SELECT title FROM documents; SET app.org_id = '{charlie}'; SELECT title FROM documents",),
        frozenset({"another organization"}),
    ),
    Case(
        "cursor",
        STEP["extended protocol"],
        (
            "SET app.org_id = '{charlie}'",
            "COMMIT",
            "SELECT a.title FROM documents a JOIN documents b ON a.id = a.id",
        ),
        frozenset({"another organization", "out of the transaction", "too much"}),
    ),
    Case(
        "token",
        STEP["cursor"],
        (
            "SELECT set_config('app.org_id', '{charlie}', true) FROM documents",
            "SELECT title FROM documents WHERE (SELECT set_config('app.org_id', '{charlie}', true)) <> ''",
        ),
        frozenset({"another organization"}),
    ),
    Case(
        "hardened",
        STEP["signed token"],
        (
            "SELECT relname FROM pg_catalog.pg_class",
            "SELECT rolname FROM pg_roles",
            "SELECT pg_sleep(100) FROM documents",
            "SELECT version() FROM documents",
        ),
        frozenset({"the server", "slow"}),
    ),
    Case(
        "cost",
        STEP["hardened catalogue"],
        (
            "SELECT count(*) FROM documents a, documents b, documents c",
            "SELECT a.title FROM documents a CROSS JOIN documents b CROSS JOIN documents c ORDER BY b.title",
        ),
        frozenset({"slow"}),
    ),
    Case(
        "analysis",
        STEP["cost limit"],
        ("SELECT current_user FROM documents", "SELECT CAST('pg_class' AS regclass) FROM documents"),
        frozenset({"the server"}),
    ),
    Case(
        "rollback",
        replace(STEP["extended protocol"], rollback=False),
        ("SELECT pg_notify('x', title) FROM documents", "NOTIFY x, 'y'"),
        frozenset({"notified"}),
    ),
]


@pytest.fixture
def unblocked(owned: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.layer)
def test_without_the_layer_attacks_succeed_and_with_it_they_do_not(unblocked: None, case: Case) -> None:
    attacks = [ATTACKS[sql] for sql in case.attacks]
    found = {}
    for layers in (case.without, case.covered):
        with (
            world("layers", token=layers.token, hardened=layers.hardened) as where,
            Gate(where, layers, patience_ms=500) as gate,
        ):
            found[layers] = [gate.attempt(attack).harm for attack in attacks]
    assert set(found[case.without]) == case.harm
    assert found[case.covered] == [""] * len(attacks)


def test_each_layer_has_its_case() -> None:
    assert {case.layer for case in CASES} == set(Layers.__dataclass_fields__)
