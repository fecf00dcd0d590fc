"""Whatever the model's server does, an answer comes: in time, by the documents' own sentences, saying why."""

import time

import pytest

from engines.llm.answers import Timeouts
from engines.llm.breaker import Breaker, GuardedModel
from engines.llm.openai_http import Endpoint, OpenAIModel
from passepartout.assistant import answering
from passepartout.documents.factories import indexed
from tests.answers.asgi import streamed
from tests.answers.house import QUESTION, QUOTE, RULES
from tests.contracts.model_server import model_server

pytestmark = pytest.mark.django_db(transaction=True)
TOTAL = 1.5
TIMES = Timeouts(connect=0.5, first_token=1.0, between_tokens=0.7, total=TOTAL)
FAULTS = {
    "hang": "model_timeout",
    "silent": "model_timeout",
    "pings": "model_timeout",
    "hang-in-the-middle": "model_timeout",
    "endless": "model_timeout",
    "500": "model_unreachable",
    "html": "model_unreachable",
    "empty": "model_unreachable",
    "not-json": "model_unreachable",
    "cut": "model_stream_cut",
    "without-end": "model_stream_cut",
    "error-in-the-middle": "model_stream_cut",
    "many-chunks": "model_answer_too_large",
    "huge-line": "model_answer_too_large",
    "429": "model_busy",
    "503": "model_busy",
    "404-model": "model_unknown",
    "400": "model_refused",
}


@pytest.fixture(scope="module")
def server():
    with model_server() as running:
        yield running


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def rules(client, alice):
    return indexed(client, alice, RULES, "règlement.txt")


@pytest.fixture
def behaves(server, monkeypatch):
    def put(behaviour, breaker=None):
        model = GuardedModel(OpenAIModel(Endpoint(server.url, behaviour, timeouts=TIMES)), breaker or Breaker())
        monkeypatch.setattr(answering, "language_model", lambda: model)

    return put


@pytest.mark.parametrize(("behaviour", "reason"), FAULTS.items())
def test_an_answer_ends_by_the_timeout_plus_a_second(client, rules, server, behaves, behaviour, reason):
    behaves(behaviour)
    started = time.monotonic()
    body = client.post("/api/v1/ask/", {"question": QUESTION}).json()
    assert time.monotonic() - started < TOTAL + 1
    assert (body["engine"], body["fallback_reason"]) == ("extractive", reason)
    assert body["citations"][0]["quote"] == QUOTE
    assert server.freed_within(1)


@pytest.mark.parametrize(("behaviour", "reason"), FAULTS.items())
def test_so_does_a_stream(client, rules, server, behaves, behaviour, reason):
    behaves(behaviour)
    bearer = client._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    _, sent = streamed("/api/v1/ask/stream/", {"question": QUESTION}, bearer)
    assert sent[-1].at - sent[0].at < TOTAL + 1  # from the sources on: finding them is not the model's time
    assert (sent[-1].event, sent[-1].data["engine"]) == ("final", "extractive")
    assert sent[-1].data["fallback_reason"] == reason
    assert server.freed_within(1)


def test_after_five_failures_the_model_is_left_alone_and_answers_come_at_once(client, rules, server, behaves):
    behaves("500", Breaker())
    before = server.seen["500"]
    reasons = [client.post("/api/v1/ask/", {"question": QUESTION}).json()["fallback_reason"] for _ in range(7)]
    assert reasons == ["model_unreachable"] * 5 + ["model_paused"] * 2
    assert server.seen["500"] - before <= 5 * 3
