"""The breaker alone, on a clock of the test."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest

from engines.llm import Health, Message
from engines.llm.breaker import Breaker, GuardedModel
from engines.llm.errors import (
    AnswerTooLarge,
    ModelBusy,
    ModelPaused,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
    StreamCut,
)
from engines.llm.fake import CutAfter, ScriptedModel

ASKED = [Message("user", "Bonjour ?")]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def model():
    return ScriptedModel()


@pytest.fixture
def guarded(model, clock):
    return GuardedModel(model, Breaker(failures=5, pause=30, clock=clock))


def fail(guarded, times, error=ModelUnreachable):
    for _ in range(times):
        with pytest.raises(error):
            guarded.complete(ASKED)


async def first_word(guarded):
    async with aclosing(guarded.stream(ASKED)) as deltas:
        async for delta in deltas:
            return delta.text
    return ""


@pytest.mark.parametrize("failure", [ModelUnreachable, ModelTimeout, StreamCut, AnswerTooLarge])
def test_after_five_failures_in_a_row_the_model_is_not_asked_any_more(guarded, model, failure):
    model.then(*[failure() for _ in range(5)], "Bonjour.")
    fail(guarded, 5, failure)
    fail(guarded, 3, ModelPaused)
    assert len(model.calls) == 5


def test_a_paused_model_says_when_to_come_back(guarded, clock):
    fail(guarded, 5)
    clock.now += 10
    with pytest.raises(ModelPaused) as paused:
        guarded.complete(ASKED)
    assert paused.value.retry_after == 20
    assert not paused.value.permanent


def test_one_answer_in_between_starts_the_count_again(guarded, model):
    model.then(*[ModelTimeout()] * 4, "Bonjour.", *[ModelTimeout()] * 4, "Bonjour.")
    fail(guarded, 4, ModelTimeout)
    guarded.complete(ASKED)
    fail(guarded, 4, ModelTimeout)
    assert guarded.complete(ASKED).text == "Bonjour."


@pytest.mark.parametrize("error", [ModelBusy, ModelRefused])
def test_a_model_that_says_no_is_alive(guarded, model, error):
    model.then(*[error() for _ in range(20)], "Bonjour.")
    fail(guarded, 20, error)
    assert guarded.complete(ASKED).text == "Bonjour."


def test_after_the_pause_one_call_is_let_through_and_its_failure_pauses_again(guarded, model, clock):
    fail(guarded, 5)
    clock.now += 31
    fail(guarded, 1)
    fail(guarded, 1, ModelPaused)
    assert len(model.calls) == 6


def test_after_the_pause_one_answer_opens_the_door_to_all(guarded, model, clock):
    fail(guarded, 5)
    clock.now += 31
    model.then("Bonjour.", "Bonjour.", "Bonjour.")
    for _ in range(3):
        guarded.complete(ASKED)


def test_while_one_call_tries_the_others_wait_outside(clock):
    breaker = Breaker(failures=1, pause=30, clock=clock)
    with pytest.raises(ModelTimeout), breaker.call():
        raise ModelTimeout
    clock.now += 31
    with breaker.call(), pytest.raises(ModelPaused), breaker.call():
        pytest.fail("a second call went through")
    with breaker.call():
        pass


def test_a_trial_that_was_given_up_lets_the_next_one_try(clock):
    breaker = Breaker(failures=1, pause=30, clock=clock)
    with pytest.raises(ModelTimeout), breaker.call():
        raise ModelTimeout
    clock.now += 31
    with pytest.raises(KeyboardInterrupt), breaker.call():
        raise KeyboardInterrupt
    with breaker.call():
        pass


def test_streams_count_like_whole_answers(guarded, model):
    model.then(*[CutAfter("", StreamCut())] * 5)
    for _ in range(5):
        with pytest.raises(StreamCut):
            asyncio.run(first_word(guarded))
    with pytest.raises(ModelPaused):
        asyncio.run(first_word(guarded))


def test_a_stream_closed_by_its_reader_is_no_failure_and_frees_the_model(guarded, model):
    model.then(*["un deux trois"] * 10)
    for _ in range(10):
        assert asyncio.run(first_word(guarded)) == "un"
    assert model.freed == 10


def test_a_stream_that_tries_again_opens_the_door_at_its_first_word(guarded, model, clock):
    fail(guarded, 5)
    clock.now += 31
    model.then("un deux", "trois")

    async def ask_while_reading():
        async with aclosing(guarded.stream(ASKED)) as deltas:
            async for _ in deltas:
                return guarded.complete(ASKED).text

    assert asyncio.run(ask_while_reading()) == "trois"


def test_health_tells_a_paused_model_from_a_dead_one(guarded, model, clock):
    assert guarded.health().ok
    fail(guarded, 5)
    assert guarded.health().state == "paused"
    model.state = Health("unavailable")
    assert guarded.health().state == "unavailable"
    model.state = Health("ok")
    clock.now += 31
    assert guarded.health().ok


def test_a_hundred_threads_count_together(clock):
    breaker = Breaker(failures=100, pause=30, clock=clock)

    def fail_once(_):
        with pytest.raises(ModelTimeout), breaker.call():
            raise ModelTimeout

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(fail_once, range(100)))
    assert breaker.is_open
