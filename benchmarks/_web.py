"""A real web process of the platform, as `./run web` starts it, and a client of its API."""

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from benchmarks._world import ROOT
from embedded.commands import web

EMAIL, PASSWORD = "bench@example.org", "correct horse battery staple"
READY_SECONDS = 60
NO_LIMIT = "10000000/min"  # one client here is a whole office


@contextmanager
def web_process(environment: Mapping[str, str]) -> Iterator[str]:
    """The address of a ready web process. Raises RuntimeError when it does not get ready."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        web(host="127.0.0.1", port=port),
        env={**environment, "RATE_CALLER": NO_LIMIT, "LOGS_DIR": environment["OBJECTS_DIR"]},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address}/health/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the web process did not get ready")


def signed_in(address: str) -> httpx.Client:
    """A client whose access token is five minutes old at most when it is thrown away."""
    answer = httpx.post(f"{address}/api/v1/auth/token/", json={"email": EMAIL, "password": PASSWORD}, timeout=30)
    answer.raise_for_status()
    return httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {answer.json()['access']}"}, timeout=30, http2=False
    )


def in_parallel(clients: int, turns: int, turn: Callable[[int], Any]) -> tuple[list[float], float]:
    """Seconds of each turn, sorted, and turns per second, of `clients` threads that share them. Errors are raised."""
    times: list[float] = []
    errors: list[Exception] = []

    def work(first: int) -> None:
        try:
            for number in range(first, turns, clients):
                start = time.perf_counter()
                turn(number)
                times.append(time.perf_counter() - start)
        except (httpx.HTTPError, AssertionError) as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sorted(times), turns / (time.perf_counter() - start)


def milliseconds(times: list[float]) -> dict[str, float]:
    """``times`` in seconds, sorted."""
    return {
        "p50_ms": round(1000 * times[len(times) // 2], 1),
        "p95_ms": round(1000 * times[min(len(times) - 1, int(len(times) * 0.95))], 1),
    }
