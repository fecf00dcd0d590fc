from __future__ import annotations

import threading

import pytest

from engines.errors import EngineBusy
from inference.common.workers import Lane, Workers


@pytest.fixture
def workers():
    workers = Workers(threads=1, waiting={Lane.QUESTION: 2, Lane.BATCH: 4}, name="test")
    yield workers
    workers.close()


class Gate:
    """Holds the only thread until opened."""

    def __init__(self, workers: Workers) -> None:
        self._entered, self._opened = threading.Event(), threading.Event()
        self._future = workers.submit(Lane.BATCH, [self._wait])[0]
        assert self._entered.wait(5)

    def _wait(self) -> None:
        self._entered.set()
        assert self._opened.wait(5)

    def open(self) -> None:
        self._opened.set()
        self._future.result(5)


def test_a_full_lane_refuses_all_the_pieces_and_says_when_to_come_back(workers):
    gate = Gate(workers)
    workers.submit(Lane.BATCH, [lambda: None] * 3)
    with pytest.raises(EngineBusy) as busy:
        workers.submit(Lane.BATCH, [lambda: None] * 2)
    assert busy.value.retry_after >= 1
    assert workers.waiting(Lane.BATCH) == 3
    gate.open()


def test_full_batches_leave_room_for_a_question(workers):
    gate = Gate(workers)
    workers.submit(Lane.BATCH, [lambda: None] * 4)
    (answer,) = workers.submit(Lane.QUESTION, [lambda: "answered"])
    gate.open()
    assert answer.result(5) == "answered"


def test_a_question_goes_before_the_batches_that_wait(workers):
    order: list[str] = []
    gate = Gate(workers)
    batch = workers.submit(Lane.BATCH, [lambda number=number: order.append(f"batch {number}") for number in range(3)])
    question = workers.submit(Lane.QUESTION, [lambda: order.append("question")])
    gate.open()
    for future in batch + question:
        future.result(5)
    assert order == ["question", "batch 0", "batch 1", "batch 2"]


def test_a_batch_larger_than_its_lane_is_admitted_when_nothing_waits(workers):
    assert [future.result(5) for future in workers.submit(Lane.BATCH, [lambda: 1] * 9)] == [1] * 9


def test_a_failing_piece_fails_alone(workers):
    failed, fine = workers.submit(Lane.BATCH, [lambda: 1 // 0, lambda: "fine"])
    assert isinstance(failed.exception(5), ZeroDivisionError)
    assert fine.result(5) == "fine"


def test_a_cancelled_piece_never_runs(workers):
    ran: list[int] = []
    gate = Gate(workers)
    (unwanted,) = workers.submit(Lane.BATCH, [lambda: ran.append(1)])
    unwanted.cancel()
    gate.open()
    workers.submit(Lane.BATCH, [lambda: None])[0].result(5)
    assert ran == []


def test_busy_while_every_thread_works(workers):
    assert not workers.busy
    gate = Gate(workers)
    assert workers.busy
    gate.open()


def test_closing_drops_what_waits():
    workers = Workers(threads=1, waiting={Lane.BATCH: 4}, name="test")
    gate = Gate(workers)
    (waiting,) = workers.submit(Lane.BATCH, [lambda: None])
    closing = threading.Thread(target=workers.close)
    closing.start()
    while workers._queue.qsize() < 2:
        pass
    gate.open()
    closing.join(5)
    assert waiting.cancelled()
