"""What indexing costs those who ask: `./run bench ask_while_indexing`. Fails when their p95 more than doubles.

One client asks questions of our retrieval sets in an organization of 1,400 windows, through a real web process, before,
while and after a real worker (two processes, as `up` starts it) indexes 50 documents of six pages. Before and after
are taken together: the machine's other work is in all three, and only their ratio is judged.
"""

import itertools
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from benchmarks._web import EMAIL, PASSWORD, milliseconds, signed_in, web_process
from benchmarks._world import ROOT, World, keep, world
from benchmarks.ask_latency import _shuffled_questions
from benchmarks.reading import WORDS
from embedded.commands import worker

WINDOWS = 1400
DOCUMENTS = 50
WORDS_EACH = 2400  # six pages
ALONE = 60  # before, and again after
WARM_UP = 10
TARGET = 2.0
LONGEST_SECONDS = 600


def main() -> int:
    with world("asking") as made:
        made.adopt()
        return keep("ask_while_indexing", _measured(made))


def _measured(made: World) -> dict[str, Any]:
    _organization(made)
    asked = itertools.cycle(_shuffled_questions())
    with web_process(made.environment) as address, _worker(made.environment):
        with signed_in(address) as client:
            _times(client, asked, WARM_UP)
            before = _times(client, asked, ALONE)
        with signed_in(address) as client:
            _upload(client)
        start = time.monotonic()
        during = list(_until_indexed(made, address, asked, start))
        took = time.monotonic() - start
        with signed_in(address) as client:
            after = _times(client, asked, ALONE)
    alone, meanwhile = milliseconds(sorted(before + after)), milliseconds(sorted(during))
    ratio = round(meanwhile["p95_ms"] / alone["p95_ms"], 2)
    left = _waiting(made)
    return {
        "documents": DOCUMENTS,
        "indexed_in_seconds": round(took, 1),
        "alone": {"questions": 2 * ALONE, **alone},
        "while_indexing": {"questions": len(during), **meanwhile},
        "ratio_of_p95": ratio,
        "target_ratio": TARGET,
        "not_indexed": left,
        "passed": ratio <= TARGET and not left and len(during) >= ALONE,
    }


def _organization(made: World) -> None:
    from benchmarks._crowd import Crowd, real_windows
    from passepartout.documents.engines_in_use import embedder
    from passepartout.tenancy.models import User
    from passepartout.tenancy.services import create_organization, create_user

    create_user(email=EMAIL, password=PASSWORD)
    organization = create_organization(name="Client", owner=User.objects.get(email=EMAIL))
    crowd = Crowd(embedder().model.identifier, real_windows(embedder()))
    with made.as_owner() as owner:
        crowd.fill(owner, organization.pk, WINDOWS)


@contextmanager
def _worker(environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        worker(),
        env={**environment, "LOGS_DIR": environment["OBJECTS_DIR"]},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _upload(client: httpx.Client) -> None:
    chance = random.Random(5)
    for number in range(DOCUMENTS):
        text = f"Dossier {number}. " + ". ".join(" ".join(chance.choices(WORDS, k=12)) for _ in range(WORDS_EACH // 12))
        answer = client.post("/api/v1/documents/", files={"file": (f"dossier-{number}.txt", text.encode())})
        assert answer.status_code == httpx.codes.CREATED, answer.text


def _times(client: httpx.Client, asked: Iterator[str], count: int) -> list[float]:
    return [_seconds(client, next(asked)) for _ in range(count)]


def _until_indexed(made: World, address: str, asked: Iterator[str], start: float) -> Iterator[float]:
    while _waiting(made) and time.monotonic() - start < LONGEST_SECONDS:
        with signed_in(address) as client:  # again and again: a token lives for five minutes
            _times(client, asked, 1)
            for _ in range(6):
                yield from _times(client, asked, 5 if _waiting(made) else 0)


def _seconds(client: httpx.Client, question: str) -> float:
    start = time.perf_counter()
    answer = client.post("/api/v1/ask/", json={"question": question})
    assert answer.status_code == httpx.codes.OK, answer.text
    return time.perf_counter() - start


def _waiting(made: World) -> int:
    with made.as_owner() as owner:
        row: Any = owner.execute("SELECT count(*) FROM documents WHERE status <> 'indexed'").fetchone()
    return int(row[0])


if __name__ == "__main__":
    sys.exit(main())
