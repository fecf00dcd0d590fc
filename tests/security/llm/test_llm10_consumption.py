"""LLM10: questions, prompts and answers are bounded, whatever is asked and whatever is answered."""

import pytest

from engines.llm.fake import ScriptedModel
from passepartout.assistant import answering
from passepartout.billing.plans import ENTERPRISE, PLANS
from passepartout.documents.factories import indexed
from passepartout.llm.budget import CHARACTERS_PER_TOKEN
from tests.answers.house import QUESTION, RULES

pytestmark = pytest.mark.django_db


def test_ten_megabytes_of_answer_are_not_read_kept_or_shown(client, alice, monkeypatch):
    model = ScriptedModel(["a" * 10 * 1024 * 1024])
    monkeypatch.setattr(answering, "language_model", lambda: model)
    indexed(client, alice, RULES)
    body = client.post("/api/v1/ask/", {"question": QUESTION}).json()
    assert (body["engine"], body["fallback_reason"]) == ("extractive", "model_answer_too_large")
    assert len(body["answer"]) < 1_000


def test_the_prompt_fits_the_models_context_however_much_is_found(client, alice, model):
    model.context = 2_048
    for number in range(8):
        indexed(client, alice, f"Note {number}. " + RULES * 40, f"{number}.txt")
    client.post("/api/v1/ask/", {"question": QUESTION, "top_k": 20})
    (told,) = model.told
    assert len(told) <= (2_048 - 600) * CHARACTERS_PER_TOKEN


def test_no_model_is_asked_beyond_the_limit_of_the_plan(client, alice, model, monkeypatch):
    indexed(client, alice, RULES)
    monkeypatch.setitem(PLANS[ENTERPRISE].limits, "asks_per_day", 1)
    codes = [client.post("/api/v1/ask/", {"question": QUESTION}).status_code for _ in range(3)]
    assert (codes, len(model.told)) == ([200, 429, 429], 1)


def test_no_model_is_asked_for_an_endless_question(client, alice, model):
    indexed(client, alice, RULES)
    assert client.post("/api/v1/ask/", {"question": "piscine " * 10_000}).status_code == 422
    assert model.told == []
