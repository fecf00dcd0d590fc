"""The leases of a GPU, on a real Valkey: who is refused, who waits, in which order, what a lost store does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis

from embedded.valkey import ValkeyServer
from engines.accelerator import Claim, GpuBusy, GpuLost, GpuUnavailable, Lease, Place
from engines.accelerator.turns import Turns
from engines.accelerator.valkey import ValkeyAccelerator
from tests.leases import empty, restart, settled, taken, valkey

SECONDS = 1.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with valkey(tmp_path_factory.mktemp("leases")) as running:
        yield running


@pytest.fixture
def gpu(server: ValkeyServer) -> Iterator[ValkeyAccelerator]:
    """One that nobody has used, ready."""
    made = ValkeyAccelerator(server.url, f"gpu-{uuid4().hex}", seconds=SECONDS, longest_queue=8)
    settled(made)
    yield made
    made.close()


def test_a_second_service_is_refused_while_the_first_computes(gpu):
    first = taken(gpu, "llm")
    assert gpu.take(Claim("speech"), queue=False) == Place(
        1, pytest.approx(10, abs=1), "llm", pytest.approx(0, abs=0.5)
    )
    gpu.release(first.claim)
    assert taken(gpu, "speech").token > first.token


def test_two_processes_of_one_service_do_not_compute_together_unless_they_share(gpu):
    taken(gpu, "ocr")
    assert isinstance(gpu.take(Claim("ocr"), queue=False), Place)


def test_calls_of_a_shared_service_hold_together_under_one_token(gpu):
    first, second = taken(gpu, "llm", shared=True), taken(gpu, "llm", shared=True)
    assert first.token == second.token
    gpu.release(first.claim)
    assert isinstance(gpu.take(Claim("ocr"), queue=False), Place), "the second still computes"
    gpu.release(second.claim)
    assert taken(gpu, "ocr").token > second.token


def test_who_waits_is_served_before_more_calls_of_the_shared_service(gpu):
    first = taken(gpu, "llm", shared=True)
    ocr, late = Claim("ocr"), Claim("llm", shared=True)
    assert gpu.take(ocr).position == 1
    assert gpu.take(late).position == 2
    assert isinstance(gpu.take(Claim("llm", shared=True), queue=False), Place)
    gpu.release(first.claim)
    assert isinstance(gpu.take(late), Place), "not past the one before it"
    lease = gpu.take(ocr)
    assert isinstance(lease, Lease)
    gpu.release(ocr)
    assert isinstance(gpu.take(late), Lease)


def test_the_queue_is_served_in_its_order(gpu):
    held = taken(gpu, "a")
    claims = [Claim(name) for name in "bcd"]
    assert [gpu.take(each).position for each in claims] == [1, 2, 3]
    for turn, claim in enumerate(claims):
        gpu.release(held.claim)
        for later in reversed(claims[turn + 1 :]):
            assert isinstance(gpu.take(later), Place)
        held = gpu.take(claim)
        assert isinstance(held, Lease)


def test_a_lease_that_is_not_renewed_ends_and_its_token_is_refused(gpu):
    dead = taken(gpu, "llm")
    time.sleep(SECONDS + 0.1)
    heir = taken(gpu, "speech")
    assert heir.token > dead.token
    assert (gpu.renew(dead), gpu.admits(dead), gpu.admits(heir)) == (False, False, True)
    gpu.release(dead.claim)
    assert gpu.admits(heir), "a late release frees nothing of somebody else's"


def test_a_lease_that_ended_is_not_renewed_though_nobody_else_asked(gpu):
    dead = taken(gpu, "llm")
    time.sleep(SECONDS + 0.1)
    assert not gpu.renew(dead)


def test_who_asks_again_after_a_lost_answer_has_what_was_granted(gpu):
    claim = Claim("llm")
    assert gpu.take(claim) == gpu.take(claim)


def test_a_place_that_nobody_asks_for_again_is_given_up(gpu, monkeypatch):
    monkeypatch.setitem(gpu._limits, "place", 300)
    held = taken(gpu, "llm")
    gone, stays = Claim("ocr"), Claim("speech")
    gpu.take(gone)
    for _ in range(4):
        time.sleep(0.15)
        gpu.renew(held)
        place = gpu.take(stays)
    assert place.position == 1


def test_the_queue_is_bounded_and_no_owner_has_more_than_a_quarter_of_it(gpu):
    taken(gpu, "llm")
    gpu.take(Claim("ocr", owner="noisy"))
    gpu.take(Claim("ocr", owner="noisy"))
    with pytest.raises(GpuBusy) as refused:
        gpu.take(Claim("ocr", owner="noisy"))
    assert refused.value.retry_after >= 1
    assert gpu.take(Claim("ocr", owner="quiet")).position == 3
    for _ in range(5):
        gpu.take(Claim("ocr"))
    with pytest.raises(GpuBusy):
        gpu.take(Claim("ocr"))


def test_usage_tells_who_computes_and_who_waits_and_how_long_it_may_take(gpu):
    assert not gpu.usage().busy
    held = taken(gpu, "llm", shared=True)
    taken(gpu, "llm", shared=True)
    gpu.take(Claim("ocr", label="job-1"))
    gpu.take(Claim("ocr", label="job-2"))
    usage = gpu.usage()
    assert (usage.busy, usage.holder, usage.calls, usage.token) == (True, "llm", 2, held.token)
    first, second = usage.waiting
    assert (first.position, second.position) == (1, 2)
    assert second.eta > first.eta > 0
    assert usage.place_of("job-2") == Place(2, second.eta, "llm", usage.held)
    assert usage.place_of("job-3") is usage.place_of("") is None


def test_the_estimate_learns_from_the_turns_before(gpu):
    for _ in range(3):
        lease = taken(gpu, "ocr")
        time.sleep(0.2)
        gpu.release(lease.claim)
    taken(gpu, "ocr")
    place = gpu.take(Claim("llm"), queue=False)
    assert 0 < place.eta < 1


@pytest.mark.parametrize("lose", [empty, restart])
def test_a_store_that_lost_everything_lets_nobody_in_before_the_last_holder_must_have_noticed(server, gpu, lose):
    held = taken(gpu, "llm")
    lose(server)
    waiting = Claim("ocr")
    place = gpu.take(waiting)
    assert isinstance(place, Place)
    assert (place.holder, gpu.usage().settling > 0, gpu.usage().busy) == ("", True, True)
    assert not gpu.renew(held), "nobody knows whether it was the last"
    settled(gpu)
    heir = gpu.take(waiting)
    assert isinstance(heir, Lease)
    assert heir.token > held.token
    assert not gpu.admits(held)


def test_a_store_that_is_away_grants_nothing(gpu, server):
    server.stop()
    try:
        for ask in (lambda: gpu.take(Claim("llm")), gpu.usage):
            with pytest.raises(GpuUnavailable):
                ask()
    finally:
        server.start()
        server.wait_ready()


def test_a_turn_is_renewed_while_it_lasts_and_given_back_after(gpu):
    with Turns(gpu, "llm", patience=0).turn() as held:
        time.sleep(2.5 * SECONDS)
        held.check()
        assert gpu.admits(held.lease)
    assert not gpu.usage().busy


def test_a_turn_is_waited_for_and_no_longer_than_it_may(gpu):
    other = taken(gpu, "ocr")
    with pytest.raises(GpuBusy), Turns(gpu, "llm", patience=0.3).turn():
        pytest.fail("the other still computes")
    assert gpu.usage().waiting == (), "its place is given back"
    with pytest.raises(GpuBusy), Turns(gpu, "llm", patience=0.3).impatient().turn():
        pytest.fail("the other still computes")
    gpu.release(other.claim)
    with Turns(gpu, "llm", patience=5).turn() as held:
        assert held.token > other.token


def test_who_holds_is_told_that_the_lease_was_lost(gpu, server):
    told: list[float] = []
    with Turns(gpu, "llm", patience=0).turn() as held:
        held.when_lost(lambda: told.append(time.monotonic()))
        emptied = time.monotonic()
        empty(server)
        time.sleep(SECONDS)
        assert len(told) == 1
        assert told[0] - emptied < SECONDS, "before somebody else may be let in"
        with pytest.raises(GpuLost):
            held.check()


def test_while_the_store_is_away_a_turn_goes_on_until_its_end_and_no_longer(gpu, server):
    with Turns(gpu, "llm", patience=0).turn() as held:
        server.stop()
        try:
            held.check()
            time.sleep(SECONDS)
            with pytest.raises(GpuLost):
                held.check()
        finally:
            server.start()
            server.wait_ready()


def test_a_service_needs_no_more_of_the_store_than_the_operations_guide_gives_it(server):
    guide = (Path(__file__).parents[2] / "docs/operations/README.md").read_text()
    rule = re.search(r"ACL SETUSER gpu on >SECRET ([^`)]+)", guide)
    assert rule is not None
    with redis.Redis.from_url(server.url) as whole:
        whole.execute_command("ACL", "SETUSER", "gpu", "reset", "on", ">secret", *rule[1].split())
    limited = urlsplit(server.url)
    url = limited._replace(netloc=f"gpu:secret@{limited.hostname}:{limited.port}").geturl()
    gpu = ValkeyAccelerator(url, f"gpu-{uuid4().hex}", seconds=0.2)
    settled(gpu)
    with Turns(gpu, "ocr", patience=0).turn() as held:
        time.sleep(0.3)
        held.check()
    gpu.close()
    with redis.Redis.from_url(url) as theirs, pytest.raises(redis.exceptions.NoPermissionError):
        theirs.get("celery")
