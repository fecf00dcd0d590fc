"""A Valkey of a test's own, to empty and to restart, and waiting for a new GPU to settle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from embedded.valkey import ValkeyServer
from engines.accelerator import Accelerator, Claim, Lease


@contextmanager
def valkey(folder: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(folder / "valkey", password="of-a-test")
    server.start()
    server.wait_ready()
    try:
        yield server
    finally:
        server.stop()


def restart(server: ValkeyServer) -> None:
    server.stop()
    server.start()
    server.wait_ready()


def empty(server: ValkeyServer) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()


def settled(accelerator: Accelerator) -> None:
    """Asks once, so that the time in which nobody is let in begins, and waits for its end."""
    time.sleep(accelerator.usage().settling)
    assert accelerator.usage().settling == 0


def taken(accelerator: Accelerator, service: str, **claim: object) -> Lease:
    """Fails when it is not free."""
    answer = accelerator.take(Claim(service, **claim), queue=False)  # type: ignore[arg-type]
    assert isinstance(answer, Lease), answer
    return answer
