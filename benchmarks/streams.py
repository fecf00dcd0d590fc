"""What 200 open sockets cost one web process, and how soon they are told: `./run bench streams`.

Fifty users of one organization hold four sockets each. "From commit" is life: an event is published in a transaction
of this process, a courier delivers it, all sockets of the organization hear of it; the clock runs from before the
transaction to the line in the client, which shares the machine. "From courier" leaves out queue and courier. CPU is
the web process's alone, in percent of one core.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib.metadata import version
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
from websockets.asyncio.client import ClientConnection, connect

from benchmarks._web import milliseconds, web_process
from benchmarks._world import ROOT, World, keep, world
from embedded.commands import courier

USERS, EACH = 50, 4
EVENTS = 60
APART = 0.1  # seconds
IDLE = 10  # seconds
TARGET = {"rss_mb": 20, "idle_cpu_percent": 5, "p95_ms": 200}


def main() -> int:
    with world("streams") as made, _adopted(made), web_process(made.environment) as address, _courier(made):
        tokens, organization = _people()
        result = asyncio.run(_measure(address, _web_child(), tokens, organization))
    worst = result["event_from_commit"]["p95_ms"]
    passed = (
        result["rss_mb_for_all"] <= TARGET["rss_mb"]
        and result["idle_cpu_percent"]["with_sockets"] <= TARGET["idle_cpu_percent"]
        and worst <= TARGET["p95_ms"]
        and result["missed"] == 0
    )
    versions = {name: version(name) for name in ("channels-redis", "uvicorn", "websockets")}
    return keep("streams", {"versions": versions, **result, "target": TARGET, "passed": passed})


@contextmanager
def _adopted(made: World) -> Iterator[None]:
    made.adopt()
    from django.db import connection

    try:
        yield
    finally:
        connection.close()


@contextmanager
def _courier(made: World) -> Iterator[None]:
    process = subprocess.Popen(
        courier(), env=dict(made.environment), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _web_child() -> psutil.Process:
    return next(child for child in psutil.Process().children() if "uvicorn" in child.cmdline())


def _people() -> tuple[list[str], UUID]:
    """Access tokens, one for each user, and their organization."""
    from passepartout.tenancy import factories, tokens

    alice = factories.owner("owner@example.org", "Conciergerie du Parc")
    people = [factories.colleague(alice, f"user{number}@example.org") for number in range(USERS)]
    home = alice.organization.pk
    families = [(person.user, tokens.open_family(person.user, home)[1].family) for person in people]
    return [tokens.issue_access(user, home, family) for user, family in families], home


async def _measure(address: str, process: psutil.Process, tokens: list[str], organization: UUID) -> dict[str, Any]:
    alone = await _cpu(process)
    async with AsyncExitStack() as open_ones:
        await _open(address, tokens[:1], open_ones)  # what the first one loads is not the others' cost
        before, started = process.memory_info().rss, time.perf_counter()
        sockets = await _open(address, tokens, open_ones)
        opening = time.perf_counter() - started
        grown = process.memory_info().rss - before
        held = await _cpu(process)
        from_courier, lost = await _latency(sockets, organization, _announce)
        from_commit, lost_too = await _latency(sockets, organization, _publish)
        after = process.memory_info().rss - before
    return {
        "sockets": len(sockets),
        "opened_per_second": round(len(sockets) / opening, 1),
        "rss_mb_for_all": round(grown / 2**20, 1),
        "rss_mb_after_events": round(after / 2**20, 1),
        "idle_cpu_percent": {"without_sockets": alone, "with_sockets": held},
        "event_from_courier": from_courier,
        "event_from_commit": from_commit,
        "missed": lost + lost_too,
    }


async def _cpu(process: psutil.Process) -> float:
    process.cpu_percent()
    await asyncio.sleep(IDLE)
    return round(process.cpu_percent(), 1)


async def _open(address: str, tokens: list[str], stack: AsyncExitStack) -> list[ClientConnection]:
    sockets = []
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        for token in tokens:
            for _ in range(EACH):
                bearer = {"Authorization": f"Bearer {token}"}
                ticket = (await client.post("/api/v1/realtime/tickets/", headers=bearer)).json()["ticket"]
                where = f"{address.replace('http', 'ws')}/ws/?ticket={ticket}"
                socket = await stack.enter_async_context(connect(where, origin=address, proxy=None))  # type: ignore[arg-type]
                assert json.loads(await socket.recv())["type"] == "ready"
                sockets.append(socket)
    return sockets


async def _latency(
    sockets: list[ClientConnection], organization: UUID, send: Callable[[UUID, UUID], None]
) -> tuple[dict[str, float], int]:
    """Milliseconds from before the sending to each socket's line, and how many lines never came."""
    sent: dict[str, float] = {}
    times: list[float] = []

    async def listen(socket: ClientConnection) -> None:
        async for line in socket:
            times.append(time.perf_counter() - sent[json.loads(line)["id"]])

    ears = [asyncio.create_task(listen(socket)) for socket in sockets]
    for _ in range(EVENTS):
        subject = uuid4()
        sent[str(subject)] = time.perf_counter()
        await asyncio.to_thread(send, organization, subject)
        await asyncio.sleep(APART)
    await asyncio.sleep(3)
    for ear in ears:
        ear.cancel()
    await asyncio.gather(*ears, return_exceptions=True)
    return milliseconds(sorted(times)), EVENTS * len(sockets) - len(times)


def _announce(organization: UUID, subject: UUID) -> None:
    from django.utils import timezone

    from passepartout.kernel.events import Occurrence
    from passepartout.realtime.sending import announce

    announce(Occurrence(uuid4(), organization, timezone.now(), _event(subject)))


def _publish(organization: UUID, subject: UUID) -> None:
    from django.db import connection

    from passepartout.kernel.scope import tenant
    from passepartout.lifecycle.services import publish

    try:
        with tenant(organization):
            publish(_event(subject))
    finally:
        connection.close()  # this thread's own


def _event(subject: UUID) -> Any:
    from passepartout.documents.events import DocumentChanged
    from passepartout.kernel.events import Audience

    return DocumentChanged(subject=subject, audience=Audience("documents"))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "passepartout.config.settings")
    sys.exit(main())
