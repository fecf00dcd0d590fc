"""The SQL gate: what each layer stops, and what it costs: `./run bench sql_gate`. Fails when a target is missed.

Every attack of tests/security/sql runs on a small logistics product with one layer more each time; a statement is
unsafe when it shows another organization, a hidden column or the server, changes or locks something, or takes over a
second.
Then: analysing and deciding on the honest statements; from the approval of a read to its result, less the statement
itself on an open connection; appends to the audit log by 8 writers at once.
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks._world import World, keep, world

TARGETS = {"analyse_and_decide_p95_ms": 15, "approval_to_result_p95_ms": 50, "audit_appends_per_second": 300}
ROUNDS, EXECUTIONS, WRITERS, SECONDS = 20, 60, 8, 5
READ = "SELECT status, count(*) AS n FROM documents GROUP BY status"


def main() -> int:
    with world("gate") as made:
        made.adopt()
        return keep("sql_gate", _measured(made))


def _measured(made: World) -> dict[str, Any]:
    layers = _layers(made)
    analysed = _analysed()
    executed = _executed()
    appends = _appends()
    missed = [
        name
        for name, bad in {
            "unsafe with every layer": layers[-1]["unsafe"] > 0,
            "analyse_and_decide_p95_ms": analysed["p95_ms"] > TARGETS["analyse_and_decide_p95_ms"],
            "approval_to_result_p95_ms": executed["overhead_p95_ms"] > TARGETS["approval_to_result_p95_ms"],
            "audit_appends_per_second": appends < TARGETS["audit_appends_per_second"],
        }.items()
        if bad
    ]
    return {
        "targets": TARGETS,
        "layers": layers,
        "analyse_and_decide": analysed,
        "approval_to_result": executed,
        "audit_appends_per_second": appends,
        "missed": missed,
        "passed": not missed,
    }


def _layers(made: World) -> list[dict[str, Any]]:
    from tests.security.sql import read_statements
    from tests.security.sql import world as logistics
    from tests.security.sql.layers import STEPS, Gate

    owner = urlsplit(made.owner)
    logistics.OWNER_IDENTITY.update(HOST=owner.hostname, PORT=owner.port, USER=owner.username, PASSWORD=owner.password)
    attacks = read_statements("attacks")
    measured = []
    for name, layers in STEPS:
        with (
            logistics.world("layers", token=layers.token, hardened=layers.hardened) as where,
            Gate(where, layers) as gate,
        ):
            harmed = [outcome for outcome in map(gate.attempt, attacks) if outcome.harm]
        kinds = Counter(outcome.harm for outcome in harmed)
        measured.append({"layer": name, "unsafe": len(harmed), "of": len(attacks), "as": dict(kinds.most_common())})
        print(measured[-1], flush=True)
    return measured


def _analysed() -> dict[str, float]:
    from passepartout.proposals.analysis import analyse
    from passepartout.proposals.decision import Standing, decide
    from tests.security.sql import read_statements
    from tests.security.sql.world import CATALOGUE

    def once(sql: str) -> None:
        decide(analyse(sql, CATALOGUE), Standing(proposes=True))

    honest = [statement.sql for statement in read_statements("honest")]
    for sql in honest:
        once(sql)
    return _spread([_timed(once, sql) for _ in range(ROUNDS) for sql in honest])


def _executed() -> dict[str, float]:
    """An organization of 1,000 documents; two people; a read that is proposed, approved and run, again and again."""
    from passepartout.documents.factories import document_row
    from passepartout.kernel.scope import scope, tenant
    from passepartout.kernel.sqlviews import catalogue
    from passepartout.proposals import services
    from passepartout.proposals.analysis import analyse
    from passepartout.proposals.execution import confined
    from passepartout.tenancy.callers import Caller
    from passepartout.tenancy.factories import colleague, owner
    from passepartout.tenancy.models import Role

    alice = owner("alice@bench.invalid", "Bench")
    bob = colleague(alice, "bob@bench.invalid")
    asks, approves = (Caller(who.user, alice.organization, role) for who, role in
                      ((alice, Role.ORG_ADMIN), (bob, Role.MANAGER)))  # fmt: skip
    with tenant(alice.organization.pk, alice.user.pk):
        for number in range(1000):
            document_row(title=f"Bail {number}", status="indexed", pages=number % 9)
    both, plain = [], []
    with scope(organization=alice.organization.pk, user=alice.user.pk):
        text = analyse(READ, catalogue()).sql
        for _ in range(EXECUTIONS):
            ident = services.propose(asks, READ, question="?", source="person").pk
            both.append(_timed(_decide_and_run, services, approves, asks, ident))
            with confined.reader(confined.Place(alice.organization.pk)) as session:
                plain.append(_timed(lambda: session.execute(text.encode()).fetchall()))
    spread = _spread(both)
    statement = statistics.median(plain)
    return {
        **spread,
        "statement_p50_ms": round(statement, 2),
        "overhead_p50_ms": round(spread["p50_ms"] - statement, 2),
        "overhead_p95_ms": round(spread["p95_ms"] - statement, 2),
    }


def _decide_and_run(services: Any, approves: Any, asks: Any, ident: UUID) -> None:
    services.approve(approves, ident)
    done = services.execute(asks, ident)
    assert done.status == "executed", done.error_code


def _appends() -> int:
    from django.db import connection

    from passepartout.audit.services import record
    from passepartout.kernel.scope import tenant
    from passepartout.tenancy.models import Organization, User

    user = User.objects.get(email="alice@bench.invalid")
    with tenant(None, user.pk):
        organization = Organization.objects.get().pk
    end = time.perf_counter() + SECONDS

    def write(_: int) -> int:
        count = 0
        while time.perf_counter() < end:
            with tenant(organization, user.pk):
                record("bench.appended")
            count += 1
        connection.close()
        return count

    with ThreadPoolExecutor(WRITERS) as pool:
        return sum(pool.map(write, range(WRITERS))) // SECONDS


def _timed(act: Callable[..., object], *arguments: object) -> float:
    started = time.perf_counter()
    act(*arguments)
    return 1000 * (time.perf_counter() - started)


def _spread(milliseconds: Sequence[float]) -> dict[str, float]:
    hundredths = statistics.quantiles(milliseconds, n=100)
    return {"p50_ms": round(hundredths[49], 2), "p95_ms": round(hundredths[94], 2), "of": len(milliseconds)}


if __name__ == "__main__":
    sys.exit(main())
