"""Two heavy services as processes of their own on one GPU: never both, whoever is killed, frozen or loses its store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from embedded.children import inherited
from embedded.ports import any_free
from embedded.valkey import ValkeyServer
from tests.leases import empty, restart, valkey
from tests.processes import ROOT, waited_for
from tests.reliability.heavy import Card

pytestmark = pytest.mark.slow
LEASE = 2
SLACK = 1.5  # seconds for a loaded machine


@dataclass
class Heavy:
    """A running service and its pid."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8))

    def compute(self, seconds: float, label: str = "") -> Future[httpx.Response]:
        headers = {"X-Request-ID": label} if label else {}
        return self.pool.submit(
            httpx.post, f"{self.url}/compute", params={"seconds": seconds}, headers=headers, timeout=60, trust_env=False
        )

    def said(self, path: str) -> dict[str, Any]:
        return httpx.get(f"{self.url}/{path}", timeout=10, trust_env=False).json()  # type: ignore[no-any-return]

    def gpu(self) -> dict[str, Any]:
        found: dict[str, Any] = self.said("info")["gpus"][self.name]
        return found

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.pool.shutdown(wait=False, cancel_futures=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with valkey(tmp_path_factory.mktemp("leases")) as running:
        yield running


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return Card(tmp_path / "card")


@pytest.fixture
def services(server: ValkeyServer, card: Card) -> Iterator[tuple[Heavy, Heavy]]:
    """Both answer, and the GPU lets somebody in."""
    made = [_started(name, server, card, patience=30) for name in ("vision", "speech")]
    try:
        for each in made:
            waited_for(lambda each=each: _answers(each), seconds=60)
        waited_for(lambda: made[0].gpu()["settling"] == 0, seconds=LEASE + SLACK)
        yield made[0], made[1]
    finally:
        for each in made:
            each.end()


def _started(name: str, server: ValkeyServer, card: Card, *, patience: float) -> Heavy:
    port = any_free()
    environment = {
        **inherited(), "MODELS_DIR": str(card.journal.parent), "INFERENCE_GPU": card.journal.parent.name,
        "INFERENCE_GPU_LEASES": server.url, "GPU_LEASE_SECONDS": str(LEASE), "HEAVY_NAME": name,
        "HEAVY_PATIENCE": str(patience), "HEAVY_JOURNAL": str(card.journal),
    }  # fmt: skip
    argv = [sys.executable, "-m", "uvicorn", "--factory", "tests.reliability.heavy:create", "--port", str(port)]
    with (card.journal.parent / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=environment)
    return Heavy(name, f"http://127.0.0.1:{port}", process)


def _answers(service: Heavy) -> bool:
    assert service.process.poll() is None
    try:
        return bool(service.said("health"))
    except httpx.TransportError:
        return False


def holds(card: Card, service: Heavy) -> None:
    waited_for(lambda: any(step["service"] == service.name for step in card.steps()), seconds=10, every=0.02)


def never_both(card: Card) -> list[dict[str, Any]]:
    """What the card took: tokens only grow, and a token is one service's alone."""
    taken = [step for step in card.steps() if step["taken"]]
    tokens = [step["token"] for step in taken]
    assert tokens == sorted(tokens)
    assert len({(step["token"], step["service"]) for step in taken}) == len(set(tokens))
    return taken


def test_eight_calls_of_two_services_never_compute_together(services, card):
    vision, speech = services
    calls = [service.compute(0.3) for _ in range(4) for service in (vision, speech)]
    answers = [call.result() for call in calls]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json()["token"] for answer in answers}) == 8, "a turn each"
    assert {step["service"] for step in never_both(card)} == {"vision", "speech"}


def test_when_the_holder_is_killed_the_other_computes_after_the_lease(services, card):
    vision, speech = services
    vision.compute(60)
    holds(card, vision)
    waiting = speech.compute(0.2)
    time.sleep(0.5)
    killed = time.monotonic()
    vision.signal(signal.SIGKILL)
    assert waiting.result().status_code == 200
    first = next(step["at"] for step in never_both(card) if step["service"] == "speech")
    last = max(step["at"] for step in card.steps() if step["service"] == "vision")
    assert last <= killed + 0.1
    assert first - killed <= LEASE + SLACK
    assert first > last


def test_a_holder_that_was_frozen_and_wakes_is_refused_by_its_old_token(services, card):
    vision, speech = services
    stale = vision.compute(60)
    holds(card, vision)
    heir = speech.compute(3)
    vision.signal(signal.SIGSTOP)
    try:
        holds(card, speech)
    finally:
        vision.signal(signal.SIGCONT)
    answer = stale.result()
    assert (answer.status_code, answer.json()["code"]) in {(503, "fenced"), (503, "gpu_lost")}
    assert heir.result().status_code == 200
    never_both(card)
    late = [step for step in card.steps() if step["service"] == "vision" and not step["taken"]]
    assert len(late) <= 1, "it stops at the first refusal"


@pytest.mark.parametrize("lose", [empty, restart])
def test_when_the_store_loses_everything_the_holder_stops_before_another_computes(services, card, server, lose):
    vision, speech = services
    interrupted = vision.compute(60)
    holds(card, vision)
    lost = time.monotonic()
    lose(server)
    heir = speech.compute(0.2)
    assert (interrupted.result().status_code, interrupted.result().json()["code"]) == (503, "gpu_lost")
    assert heir.result().status_code == 200
    taken = never_both(card)
    first = next(step["at"] for step in taken if step["service"] == "speech")
    last = max(step["at"] for step in taken if step["service"] == "vision")
    assert last < first, "the card itself never had to refuse"
    assert all(step["taken"] for step in card.steps())
    assert first - lost >= LEASE


def test_whoever_waits_is_shown_with_place_and_estimate_but_not_whose_work_it_is(services, card):
    vision, speech = services
    assert speech.said("health")["busy"] is False
    running = vision.compute(3)
    holds(card, vision)
    waiting = speech.compute(0.1, label="job-of-alice")
    waited_for(lambda: speech.gpu()["waiting"], seconds=5)
    for each in services:
        health = each.said("health")
        assert (health["status"], health["busy"]) == ("ok", True)
        shown = each.gpu()
        assert (shown["known"], shown["busy"], shown["holder"]) == (True, True, "vision")
        (place,) = shown["waiting"]
        assert (place["service"], place["position"], place["eta"] > 0) == ("speech", 1, True)
        assert "job-of-alice" not in str(shown)
    numbers = httpx.get(f"{speech.url}/metrics", trust_env=False).text
    assert f'inference_gpu_busy{{device="{card.journal.parent.name}"}} 1.0' in numbers
    assert f'inference_gpu_waiting{{device="{card.journal.parent.name}"}} 1.0' in numbers
    assert {running.result().status_code, waiting.result().status_code} == {200}
    numbers = httpx.get(f"{speech.url}/metrics", trust_env=False).text
    assert "inference_gpu_lease_wait_seconds_count 1.0" in numbers


def test_a_service_whose_store_is_away_computes_nothing_and_says_so(services, card, server):
    vision, _ = services
    server.stop()
    try:
        answer = vision.compute(0.1).result()
        assert (answer.status_code, answer.json()["code"]) == (503, "gpu_unavailable")
        assert vision.gpu() == {"known": False, "busy": True}
        assert card.steps() == []
    finally:
        server.start()
        server.wait_ready()
