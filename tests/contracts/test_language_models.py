"""What every language model must do, whatever its server does: end in time, with a typed error, and be freed."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace

import pytest
from pydantic import BaseModel, Field

from engines.errors import EngineError
from engines.llm import Completion, Health, LanguageModel, Message, Parameters, Schema
from engines.llm.answers import Timeouts
from engines.llm.breaker import Breaker, GuardedModel
from engines.llm.errors import (
    AnswerTooLarge,
    ModelBusy,
    ModelPaused,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
    OutputInvalid,
    PromptTooLong,
    StreamCut,
    UnknownModel,
)
from engines.llm.openai_http import Endpoint, OpenAIModel
from engines.llm.structured import structured, structured_as
from tests.contracts.model_server import RIGHT, TEXT, ModelServer, model_server

ASKED = [Message("system", "Tu réponds court."), Message("user", "Quel est le loyer ?")]
QUICK = Timeouts(connect=0.5, first_token=0.6, between_tokens=0.4, total=1.2)
QUICKEST = Timeouts(connect=0.2, first_token=0.2, between_tokens=0.15, total=0.3)
PATIENT = Timeouts(connect=10, first_token=30, between_tokens=30, total=60)


class Incident(BaseModel):
    kind: str = Field(pattern="^(damage|delay)$")
    parcel: int = Field(ge=1)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture(params=["bare", "guarded"])
def model_of(request: pytest.FixtureRequest, server: ModelServer) -> Callable[..., LanguageModel]:
    """A model that behaves as its name says, alone or behind a breaker."""

    def build(behaviour: str, timeouts: Timeouts = PATIENT) -> LanguageModel:
        model = OpenAIModel(Endpoint(server.url, behaviour, timeouts=timeouts))
        return model if request.param == "bare" else GuardedModel(model, Breaker())

    return build


def streamed(model: LanguageModel) -> Completion:
    async def read() -> Completion:
        async with aclosing(model.stream(ASKED)) as deltas:
            said = [delta async for delta in deltas]
        assert said[-1].completion is not None
        assert "".join(delta.text for delta in said) == said[-1].completion.text
        return said[-1].completion

    return asyncio.run(read())


WAYS: dict[str, Callable[[LanguageModel], Completion]] = {
    "whole": lambda model: model.complete(ASKED),
    "streamed": streamed,
}

FAULTS: dict[str, tuple[type[EngineError], bool]] = {
    "hang": (ModelTimeout, False),
    "silent": (ModelTimeout, False),
    "pings": (ModelTimeout, False),
    "hang-in-the-middle": (ModelTimeout, False),
    "endless": (ModelTimeout, False),
    "500": (ModelUnreachable, False),
    "500-huge": (AnswerTooLarge, False),
    "503": (ModelBusy, False),
    "429": (ModelBusy, False),
    "429-odd": (ModelBusy, False),
    "401": (ModelUnreachable, False),
    "404-path": (ModelUnreachable, False),
    "404-model": (UnknownModel, True),
    "400": (ModelRefused, True),
    "400-vllm": (PromptTooLong, True),
    "400-llamacpp": (PromptTooLong, True),
    "422-tgi": (PromptTooLong, True),
    "413": (PromptTooLong, True),
    "cut": (StreamCut, False),
    "without-end": (StreamCut, False),
    "error-in-the-middle": (StreamCut, False),
    "huge-chunk": (AnswerTooLarge, False),
    "huge-line": (AnswerTooLarge, False),
    "many-chunks": (AnswerTooLarge, False),
    "gzip-bomb": (AnswerTooLarge, False),
    "not-json": (ModelUnreachable, False),
    "deep-json": (ModelUnreachable, False),
    "other-json": (StreamCut, False),
    "html": (ModelUnreachable, False),
    "json": (ModelUnreachable, False),
    "empty": (ModelUnreachable, False),
    "redirect": (ModelUnreachable, False),
}


# What must never happen


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_in_time_with_its_error_and_frees_the_server(
    model_of: Callable[..., LanguageModel], server: ModelServer, fault: str, way: str
) -> None:
    expected, permanent = FAULTS[fault]
    timeouts = QUICK if expected is ModelTimeout else PATIENT
    start = time.monotonic()
    with pytest.raises(expected) as raised:
        WAYS[way](model_of(fault, timeouts))
    assert time.monotonic() - start < timeouts.total + 1
    assert raised.value.permanent is permanent
    assert server.freed_within(5)


@pytest.mark.parametrize("fault", [name for name, (_, permanent) in FAULTS.items() if not permanent])
def test_the_fifth_failure_opens_the_breaker_and_the_sixth_call_does_not_reach_the_server(
    server: ModelServer, fault: str
) -> None:
    timeouts = QUICKEST if FAULTS[fault][0] is ModelTimeout else PATIENT
    guarded = GuardedModel(OpenAIModel(Endpoint(server.url, fault, timeouts=timeouts)), Breaker())
    before = server.seen[fault]
    error, _ = FAULTS[fault]
    for _ in range(5):
        with pytest.raises(error):
            guarded.complete(ASKED)
    sixth = error if error is ModelBusy else ModelPaused
    with pytest.raises(sixth):
        guarded.complete(ASKED)
    assert server.seen[fault] - before == (6 if error is ModelBusy else 5)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_listening_is_said_at_once(way: str) -> None:
    with pytest.raises(ModelUnreachable):
        WAYS[way](OpenAIModel(Endpoint("http://127.0.0.1:9", "normal", timeouts=PATIENT)))


def test_a_redirect_is_not_followed(server: ModelServer) -> None:
    with pytest.raises(ModelUnreachable):
        OpenAIModel(Endpoint(server.url, "redirect", timeouts=PATIENT)).complete(ASKED)
    assert server.seen["elsewhere"] == 0


@pytest.mark.parametrize("fault", ["400", "404-model", "error-in-the-middle", "500"])
def test_the_server_s_own_words_stay_out_of_the_error(server: ModelServer, fault: str) -> None:
    with pytest.raises(EngineError) as raised:
        OpenAIModel(Endpoint(server.url, fault, timeouts=PATIENT)).complete(ASKED)
    assert not {"boom", "CUDA", "temperature", "pulling"} & set(str(raised.value).split())


def test_a_busy_server_says_when_to_come_back(server: ModelServer) -> None:
    with pytest.raises(ModelBusy) as busy:
        OpenAIModel(Endpoint(server.url, "429", timeouts=PATIENT)).complete(ASKED)
    assert busy.value.retry_after == 7


def test_the_server_learns_nothing_about_our_machine_nor_what_lies_in_the_environment(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setitem(os.environ, name, "leaked")
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:9")
    OpenAIModel(Endpoint(server.url, "normal", timeouts=PATIENT)).complete(ASKED)
    assert not [name for name in server.headers if name.startswith(("x-stainless", "openai"))]
    assert "leaked" not in server.headers.values()
    assert server.headers["authorization"] == "Bearer none"


def test_a_prompt_that_ollama_would_cut_in_silence_is_refused_before(server: ModelServer) -> None:
    model = OpenAIModel(Endpoint(server.url, "normal", kind="ollama", timeouts=PATIENT))
    before = server.seen["normal"]
    with pytest.raises(PromptTooLong):
        model.complete([Message("user", "loyer " * 2000)])
    assert server.seen["normal"] == before
    assert OpenAIModel(replace(model.endpoint, context=16_384)).complete([Message("user", "loyer " * 2000)]).text


# What it is for


@pytest.mark.parametrize("kind", ["ollama", "vllm", "tgi", "llamacpp"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_an_answer_comes_whole_with_what_it_cost(server: ModelServer, kind: str, way: str, path: str) -> None:
    answer = WAYS[way](OpenAIModel(Endpoint(server.url + path, "normal", kind=kind, timeouts=PATIENT)))
    assert answer.text == TEXT
    assert (answer.finish_reason, answer.model, answer.cut) == ("stop", "scripted-7b", False)
    assert (answer.prompt_tokens, answer.completion_tokens) == (11, 7)
    assert 0 < answer.first_token <= answer.latency < PATIENT.total


def test_the_first_token_is_the_first_word_not_the_first_chunk(server: ModelServer) -> None:
    timeouts = Timeouts(connect=10, first_token=30, between_tokens=1, total=60)
    answer = OpenAIModel(Endpoint(server.url, "turn-first", timeouts=timeouts)).complete(ASKED)
    assert answer.text == TEXT
    assert answer.first_token > 1.4


def test_thinking_aloud_is_no_answer_but_a_sign_of_life(server: ModelServer) -> None:
    answer = OpenAIModel(Endpoint(server.url, "aloud", timeouts=PATIENT)).complete(ASKED)
    assert answer.text == TEXT
    assert answer.latency - answer.first_token > 0.4


def test_a_server_that_counts_nothing_costs_nothing(server: ModelServer) -> None:
    answer = OpenAIModel(Endpoint(server.url, "without-usage", timeouts=PATIENT)).complete(ASKED)
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == (TEXT, 0, 0)


def test_an_answer_cut_at_its_length_says_so(server: ModelServer) -> None:
    assert OpenAIModel(Endpoint(server.url, "length", timeouts=PATIENT)).complete(ASKED).cut


def test_words_come_one_by_one_as_they_are_written(server: ModelServer) -> None:
    async def arrivals() -> list[float]:
        model = OpenAIModel(Endpoint(server.url, "slow", timeouts=PATIENT))
        async with aclosing(model.stream(ASKED)) as deltas:
            return [time.monotonic() async for delta in deltas if delta.text]

    moments = asyncio.run(arrivals())
    assert len(moments) == 7
    assert moments[-1] - moments[0] > 0.25


@pytest.mark.parametrize("how", ["closed", "cancelled", "cancelled while it waits", "abandoned"])
def test_who_stops_listening_frees_the_model(
    model_of: Callable[..., LanguageModel], server: ModelServer, how: str
) -> None:
    begun = asyncio.Event()

    async def listen(model: LanguageModel) -> None:
        deltas = model.stream(ASKED)
        await anext(deltas)
        assert server.open == 1
        begun.set()
        if how == "closed":
            await deltas.aclose()
        elif how != "abandoned":
            async with aclosing(deltas):
                await (asyncio.sleep(60) if how == "cancelled" else anext(deltas))

    async def stop_listening() -> None:
        behaviour = "hang-in-the-middle" if how == "cancelled while it waits" else "endless"
        task = asyncio.create_task(listen(model_of(behaviour)))
        await asyncio.wait_for(begun.wait(), 30)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(stop_listening())
    assert server.freed_within(5)


def test_two_hundred_streams_are_read_at_once(server: ModelServer) -> None:
    model = OpenAIModel(Endpoint(server.url, "slow", timeouts=PATIENT))

    async def read() -> str:
        async with aclosing(model.stream(ASKED)) as deltas:
            return "".join([delta.text async for delta in deltas])

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*[read() for _ in range(200)])

    assert asyncio.run(all_of_them()) == [TEXT] * 200
    assert server.freed_within(5)


def test_what_is_asked_reaches_the_server(server: ModelServer) -> None:
    schema = Schema("incident", Incident.model_json_schema())
    parameters = Parameters(max_tokens=64, temperature=0.5, top_p=0.9, seed=7, stop=("\n\n",))
    OpenAIModel(Endpoint(server.url, "right", api_key="secret", timeouts=PATIENT)).complete(ASKED, parameters, schema)
    asked = server.last
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert (asked["max_tokens"], asked["temperature"], asked["top_p"], asked["seed"]) == (64, 0.5, 0.9, 7)
    assert asked["stop"] == ["\n\n"]
    assert asked["response_format"]["type"] == "json_schema"
    assert asked["response_format"]["json_schema"]["schema"] == Incident.model_json_schema()
    assert server.headers["authorization"] == "Bearer secret"


def test_an_object_of_another_shape_is_asked_again_once(server: ModelServer) -> None:
    before = server.seen["wrong-then-right"]
    assert before % 2 == 0
    model = OpenAIModel(Endpoint(server.url, "wrong-then-right", timeouts=PATIENT))
    answer = structured_as(model, ASKED, Incident)
    assert answer.value == Incident(**json.loads(RIGHT))
    assert server.seen["wrong-then-right"] - before == len(answer.completions) == 2
    assert "$.parcel" in server.last["messages"][-1]["content"] or "parcel" in server.last["messages"][-1]["content"]


@pytest.mark.parametrize("behaviour", ["wrong", "normal"])
def test_an_object_of_another_shape_twice_is_refused(server: ModelServer, behaviour: str) -> None:
    before = server.seen[behaviour]
    model = OpenAIModel(Endpoint(server.url, behaviour, timeouts=PATIENT))
    with pytest.raises(OutputInvalid):
        structured(model, ASKED, Schema("incident", Incident.model_json_schema()))
    assert server.seen[behaviour] - before == 2


# Health


@pytest.mark.parametrize("kind", ["ollama", "vllm", "tgi", "llamacpp"])
def test_each_kind_is_asked_for_its_health_in_its_own_way(server: ModelServer, kind: str) -> None:
    model = OpenAIModel(Endpoint(server.url, "normal", kind=kind, timeouts=PATIENT))
    assert model.health() == Health("ok", models=("normal", "qwen:latest"))
    assert model.models() == ("normal", "qwen:latest")


def test_ollama_s_tags_may_be_left_out(server: ModelServer) -> None:
    assert OpenAIModel(Endpoint(server.url, "qwen", kind="ollama", timeouts=PATIENT)).health().ok


def test_a_model_that_is_not_served_is_unhealthy_and_named(server: ModelServer) -> None:
    health = OpenAIModel(Endpoint(server.url, "mistral", kind="vllm", timeouts=PATIENT)).health()
    assert health.state == "unavailable"
    assert "mistral" in health.detail


@pytest.mark.parametrize(
    ("path", "state"), [("/loading", "busy"), ("/silent", "unavailable"), ("/nothing", "unavailable")]
)
def test_an_engine_that_is_not_ready_says_so_within_seconds(server: ModelServer, path: str, state: str) -> None:
    start = time.monotonic()
    assert OpenAIModel(Endpoint(server.url + path, "normal", kind="vllm", timeouts=PATIENT)).health().state == state
    assert time.monotonic() - start < 4


def test_nobody_listening_is_unhealthy() -> None:
    assert OpenAIModel(Endpoint("http://127.0.0.1:9", "normal", timeouts=PATIENT)).health().state == "unavailable"
