"""The language model's server misbehaves: asking ends in time with the documents' words, and it is soon left alone."""

import time

import pytest

from engines.llm.breaker import Breaker
from passepartout.documents.factories import indexed
from passepartout.llm import engines_in_use
from tests.contracts.model_server import model_server

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FIRST_TOKEN, WHOLE = 1, 2  # seconds
QUESTION = {"question": "À quelle heure ouvre la piscine ?"}
FAULTS = {
    "hang": "model_timeout",
    "silent": "model_timeout",
    "hang-in-the-middle": "model_timeout",
    "endless": "model_timeout",
    "500": "model_unreachable",
    "html": "model_unreachable",
    "not-json": "model_unreachable",
    "cut": "model_stream_cut",
    "many-chunks": "model_answer_too_large",
    "huge-chunk": "model_answer_too_large",
}


@pytest.fixture(scope="module")
def server():
    with model_server() as running:
        yield running


@pytest.fixture
def client(api, alice, settings, monkeypatch):
    """Alice, with one document and no model yet; each test has a breaker of its own, that pauses for a second."""
    breaker = Breaker(pause=1)
    monkeypatch.setattr(engines_in_use, "_breaker", lambda: breaker)
    _forget()
    settings.LLM_FIRST_TOKEN_SECONDS, settings.LLM_TIMEOUT_SECONDS = FIRST_TOKEN, WHOLE
    settings.RATE_CALLER = "100000/min"
    alices = api(alice)
    indexed(alices, alice, "La piscine ouvre à huit heures et ferme à vingt heures.", "règlement.txt")
    yield alices
    _forget()


def _forget():
    for made in (engines_in_use._model, engines_in_use._quick_model, engines_in_use._metered):
        made.cache_clear()


def behave(settings, server, behaviour):
    settings.LLM_URL, settings.LLM_MODEL = server.url, behaviour
    _forget()


def asked(client):
    """The answer, and how long it took."""
    started = time.monotonic()
    answer = client.post("/api/v1/ask/", QUESTION)
    assert answer.status_code == 200, answer.content
    return answer.json(), time.monotonic() - started


@pytest.mark.parametrize("fault", FAULTS)
def test_asking_ends_by_the_timeout_and_a_second_and_the_sixth_question_does_not_wait(client, settings, server, fault):
    alone = max(asked(client)[1] for _ in range(2))
    behave(settings, server, fault)
    before = server.seen[fault]
    for _ in range(5):
        body, seconds = asked(client)
        assert (body["engine"], body["fallback_reason"]) == ("extractive", FAULTS[fault])
        assert body["citations"][0]["quote"].startswith("La piscine ouvre")
        assert seconds < alone + WHOLE + 1
    assert engines_in_use.language_model_state() == "paused"
    sixth = asked(client)
    assert server.seen[fault] - before == 5
    assert sixth[0]["fallback_reason"] == "model_paused"
    assert server.freed_within(5)


def test_when_the_server_is_well_again_one_question_finds_out_for_all(client, settings, server):
    behave(settings, server, "500")
    for _ in range(5):
        asked(client)
    assert engines_in_use.language_model_state() == "paused"
    behave(settings, server, "normal")
    time.sleep(1.1)
    asked(client)
    assert engines_in_use.language_model_state() == "configured"
    assert server.seen["normal"] >= 1
