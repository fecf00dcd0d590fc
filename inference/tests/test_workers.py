from __future__ import annotations

import os
import threading
from concurrent.futures import CancelledError

import pytest

from engines.errors import EngineBusy
from inference.common.workers import Workers


@pytest.fixture
def workers():
    workers = Workers(threads=1, waiting=4, name="test")
    yield workers
    workers.close()


class Gate:
    """Holds the only thread until opened."""

    def __init__(self, workers: Workers) -> None:
        self._entered, self._opened = threading.Event(), threading.Event()
        self._future = workers.submit([self._wait])[0]
        assert self._entered.wait(5)

    def _wait(self) -> None:
        self._entered.set()
        assert self._opened.wait(5)

    def open(self) -> None:
        self._opened.set()
        self._future.result(5)


def test_a_full_lane_refuses_all_the_pieces_and_says_when_to_come_back(workers):
    gate = Gate(workers)
    workers.submit([lambda: None] * 3)
    with pytest.raises(EngineBusy) as busy:
        workers.submit([lambda: None] * 2)
    assert busy.value.retry_after >= 1
    assert workers.waiting == 3
    gate.open()


def test_pieces_run_first_come_first_served(workers):
    order: list[int] = []
    for future in workers.submit([lambda number=number: order.append(number) for number in range(4)]):
        future.result(5)
    assert order == [0, 1, 2, 3]


def test_threads_give_way_as_much_as_they_were_told():
    kind = Workers(threads=2, waiting=4, name="kind", niceness=7)
    plain = Workers(threads=1, waiting=4, name="plain")
    usual = os.getpriority(os.PRIO_PROCESS, 0)

    def mine() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert {future.result(5) for future in kind.submit([mine] * 4)} == {7}
    assert plain.submit([mine])[0].result(5) == usual
    kind.close()
    plain.close()


def test_more_than_may_wait_is_admitted_when_nothing_waits(workers):
    assert [future.result(5) for future in workers.submit([lambda: 1] * 9)] == [1] * 9


def test_a_failing_piece_fails_alone(workers):
    failed, fine = workers.submit([lambda: 1 // 0, lambda: "fine"])
    assert isinstance(failed.exception(5), ZeroDivisionError)
    assert fine.result(5) == "fine"


def test_a_cancelled_piece_never_runs(workers):
    ran: list[int] = []
    gate = Gate(workers)
    (unwanted,) = workers.submit([lambda: ran.append(1)])
    unwanted.cancel()
    gate.open()
    workers.submit([lambda: None])[0].result(5)
    assert ran == []


def test_busy_while_every_thread_works(workers):
    assert not workers.busy
    gate = Gate(workers)
    assert workers.busy
    gate.open()


def test_closing_drops_what_waits():
    workers = Workers(threads=1, waiting=4, name="test")
    gate = Gate(workers)
    (waiting,) = workers.submit([lambda: None])
    closing = threading.Thread(target=workers.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result(5)
    gate.open()
    closing.join(5)
    assert waiting.cancelled()
