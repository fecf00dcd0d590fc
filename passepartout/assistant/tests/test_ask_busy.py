"""POST /api/v1/ask/ while another service has the GPU: who prefers speed is answered at once, the others wait."""

import threading
import time

import pytest

from engines.accelerator.turns import Turns
from engines.llm.fake import ScriptedModel
from engines.llm.leased import LeasedModel
from passepartout.assistant import answering, proposing
from passepartout.documents.factories import indexed
from passepartout.kernel.scope import tenant
from passepartout.llm.models import LlmJob
from tests.leases import taken

pytestmark = pytest.mark.django_db
URL = "/api/v1/ask/"
RULES = "La piscine ouvre à huit heures et ferme à vingt heures. Les animaux sont interdits dans le jardin."
QUESTION = "À quelle heure ouvre la piscine ?"
TRUE = "La piscine ouvre à 8 h et ferme à 20 h [DOC:1-1]."


@pytest.fixture
def client(api, alice):
    made = api(alice)
    indexed(made, alice, RULES, "règlement.txt")
    return made


@pytest.fixture
def model(monkeypatch, leases):
    """On the GPU; waits for two seconds at most."""
    scripted = ScriptedModel([TRUE])
    turns = Turns(leases, "language model", shared=True, patience=2.0)
    for module in (answering, proposing):
        monkeypatch.setattr(module, "language_model", lambda: LeasedModel(scripted, turns))
        monkeypatch.setattr(module, "quick_language_model", lambda: LeasedModel(scripted, turns.impatient()))
    return scripted


def ask(client, **more):
    started = time.monotonic()
    answer = client.post(URL, {"question": QUESTION, **more})
    assert answer.status_code == 200, answer.content
    return answer.json(), time.monotonic() - started


def test_another_preference_is_refused(client):
    assert client.post(URL, {"question": QUESTION, "prefer": "luck"}).status_code == 422


def test_who_prefers_speed_is_answered_by_extracts_at_once_and_told_why(client, alice, model, leases):
    taken(leases, "speech")
    body, seconds = ask(client, prefer="speed")
    assert (body["engine"], body["fallback_reason"], body["model"]) == ("extractive", "gpu_busy", "")
    assert body["citations"][0]["quote"] == RULES.split(". ", maxsplit=1)[0] + "."
    assert seconds < 1.5
    assert model.calls == []
    with tenant(alice.organization.pk):
        assert LlmJob.objects.get(purpose="ask_attempt").fallback_reason == "gpu_busy"


def test_who_prefers_quality_waits_for_the_model(client, model, leases):
    other = taken(leases, "speech")
    timer = threading.Timer(0.5, leases.release, [other.claim])
    timer.start()
    body, seconds = ask(client)
    timer.join()
    assert (body["engine"], body["fallback_reason"]) == ("model", "")
    assert seconds > 0.4


def test_and_no_longer_than_it_may(client, model, leases):
    other = taken(leases, "speech")
    stop = threading.Event()

    def beat():
        while not stop.wait(0.3):
            leases.renew(other)

    beating = threading.Thread(target=beat)
    beating.start()
    body, _ = ask(client)
    stop.set()
    beating.join()
    assert (body["engine"], body["fallback_reason"]) == ("extractive", "gpu_busy")


def test_on_a_free_gpu_who_prefers_speed_gets_the_model_too(client, model):
    body, _ = ask(client, prefer="speed")
    assert (body["engine"], body["fallback_reason"]) == ("model", "")


def test_while_nobody_keeps_the_leases_the_documents_answer(client, model, monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    from passepartout.jobs.gpus import accelerator

    turns = Turns(accelerator("gpu"), "language model", patience=2.0)
    monkeypatch.setattr(answering, "language_model", lambda: LeasedModel(model, turns))
    body, _ = ask(client)
    assert (body["engine"], body["fallback_reason"]) == ("extractive", "gpu_unavailable")
