"""How long an answer takes: `./run bench ask_latency`. Fails when a 95th percentile passes its target.

100,000 windows over 100 organizations, and as many in one, in the same tables (benchmarks/_crowd.py says of
what they are made). Questions of our retrieval sets, French and English, go through POST /api/v1/ask/ of a real web
process; the answering engine is the extractive one. The targets are for one client; four show what waiting adds.
Overhead is everything but engine and database calls, measured in one process without HTTP: the machine's other work is
in all of these figures, so read the load beside them.
"""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx

from benchmarks._web import EMAIL, PASSWORD, in_parallel, milliseconds, signed_in, web_process
from benchmarks._world import World, keep, world
from benchmarks.retrieval.corpus import LANGUAGES, questions

ORGANIZATIONS = 100
WINDOWS = 100_000
QUESTIONS = 200
WARM_UP = 20
TARGETS = {"hundred_organizations": 150, "one_organization": 250}
OVERHEAD_TARGET = 30


def main() -> int:
    with world("ask") as made:
        made.adopt()
        return keep("ask_latency", _measured(made))


def _measured(made: World) -> dict[str, Any]:
    crowd = _fill(made)
    with web_process(made.environment) as address:
        measured = {
            name: {f"{clients}_clients": _asked(address, organizations, clients) for clients in (1, 4)}
            for name, organizations in crowd.items()
        }
    overhead = {name: _overhead(organizations) for name, organizations in crowd.items()}
    missed = [name for name, target in TARGETS.items() if measured[name]["1_clients"]["p95_ms"] > target]
    missed += [f"overhead of {name}" for name, spent in overhead.items() if spent["overhead_p50_ms"] > OVERHEAD_TARGET]
    return {
        "windows": WINDOWS,
        "questions": QUESTIONS,
        "targets_p95_ms": TARGETS,
        "target_overhead_ms": OVERHEAD_TARGET,
        "through_http": measured,
        "in_process": overhead,
        "missed": missed,
        "passed": not missed,
    }


def _fill(made: World) -> dict[str, list[UUID]]:
    """The organizations of each case, all of one user."""
    from benchmarks._crowd import Crowd, real_windows
    from passepartout.documents.engines_in_use import embedder
    from passepartout.tenancy.models import User
    from passepartout.tenancy.services import create_organization, create_user

    create_user(email=EMAIL, password=PASSWORD)
    user = User.objects.get(email=EMAIL)
    many = [create_organization(name=f"Client {number}", owner=user).pk for number in range(ORGANIZATIONS)]
    one = [create_organization(name="Grand client", owner=user).pk]
    crowd = Crowd(embedder().model.identifier, real_windows(embedder()))
    with made.as_owner() as owner:
        for organization in many:
            crowd.fill(owner, organization, WINDOWS // ORGANIZATIONS)
        crowd.fill(owner, one[0], WINDOWS)
        owner.autocommit = True
        owner.execute("VACUUM ANALYZE")
    return {"hundred_organizations": many, "one_organization": one}


def _asked(address: str, organizations: list[UUID], clients: int) -> dict[str, Any]:
    asked = _shuffled_questions()
    with signed_in(address) as client:

        def ask(number: int) -> None:
            answer = client.post(
                "/api/v1/ask/",
                json={"question": asked[number % len(asked)]},
                headers={"X-Organization": str(organizations[number % len(organizations)])},
            )
            assert answer.status_code == httpx.codes.OK, answer.text

        in_parallel(clients, WARM_UP, ask)
        times, rate = in_parallel(clients, QUESTIONS, ask)
    return {**milliseconds(times), "answers_per_second": round(rate, 1)}


def _overhead(organizations: list[UUID]) -> dict[str, float]:
    """Medians of one process that asks itself, without HTTP between: what is neither database nor engine."""
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    signed = client.post("/api/v1/auth/token/", {"email": EMAIL, "password": PASSWORD}, "application/json").json()
    spent: dict[str, list[float]] = {"total": [], "database": [], "engines": [], "overhead": []}
    for number, question in enumerate(_shuffled_questions()[: QUESTIONS // 2]):
        organization = str(organizations[number % len(organizations)])
        headers = {"authorization": f"Bearer {signed['access']}", "x-organization": organization}
        with _timed() as outside:
            start = time.perf_counter()
            answer = client.post("/api/v1/ask/", {"question": question}, "application/json", headers=headers)
            total = time.perf_counter() - start
        assert answer.status_code == httpx.codes.OK, answer.content
        if number >= WARM_UP:
            spent["total"].append(total)
            spent["database"].append(outside["database"])
            spent["engines"].append(outside["engines"])
            spent["overhead"].append(total - outside["database"] - outside["engines"])
    return {
        f"{part}_{name}": value for part, times in spent.items() for name, value in milliseconds(sorted(times)).items()
    }


@contextmanager
def _timed() -> Iterator[dict[str, float]]:
    """Seconds spent in database statements and in engine calls meanwhile."""
    from django.db import connection

    from passepartout.assistant import answering
    from passepartout.documents import retrieval
    from passepartout.kernel import scope

    spent = {"database": 0.0, "engines": 0.0}

    def timed_statement(execute: Any, *statement: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            spent["database"] += time.perf_counter() - start

    @contextmanager
    def timed_engine() -> Iterator[None]:
        with genuine():
            database, start = spent["database"], time.perf_counter()
            yield
            statements = spent["database"] - database  # the vectors' engine is the database
            spent["engines"] += time.perf_counter() - start - statements

    genuine = scope.engine_call
    users: tuple[Any, ...] = (retrieval, answering)
    for module in users:
        module.engine_call = timed_engine
    try:
        with connection.execute_wrapper(timed_statement):
            yield spent
    finally:
        for module in users:
            module.engine_call = genuine


def _shuffled_questions() -> list[str]:
    asked = [question.text for language in LANGUAGES for question in questions(language)]
    random.Random(1).shuffle(asked)
    return asked


if __name__ == "__main__":
    sys.exit(main())
