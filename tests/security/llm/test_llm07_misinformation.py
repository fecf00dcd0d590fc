"""LLM07, misinformation: what is invented is marked, with what is lacking; a forged citation carries nothing."""

import pytest

from engines.llm.fake import ScriptedModel
from passepartout.assistant import answering
from passepartout.documents.factories import indexed
from tests.answers.house import QUESTION, QUOTE, RULES, TRUE

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(client, alice, monkeypatch):
    """``told("sentence")``: the answer when the model says it of the house rules."""

    def ask(said):
        monkeypatch.setattr(answering, "language_model", lambda: ScriptedModel([said]))
        indexed(client, alice, RULES)
        return client.post("/api/v1/ask/", {"question": QUESTION}).json()

    return ask


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("La piscine ouvre à neuf heures [DOC:1-1].", "number"),
        ("La piscine ouvre à huit heures le lundi [DOC:1-1].", "date"),
        ("La piscine ouvre à huit heures pour Mme Martin [DOC:1-1].", "name"),
        ("Les animaux sont admis dans le jardin [DOC:1-1].", "denial"),
        ("Le parking souterrain accueille les camions frigorifiques [DOC:1-1].", "unsupported"),
        ("La piscine ouvre à huit heures.", "uncited"),
        ("La piscine ouvre à huit heures [DOC:1-2].", "uncited"),
        ("La piscine ouvre à huit heures « et reste ouverte tard » [DOC:1-1].", "quote"),
    ],
)
def test_an_invented_sentence_is_marked_and_cites_nothing(told, said, reason):
    body = told(said)
    assert [(each["grounded"], each["reason"]) for each in body["sentences"]] == [(False, reason)]
    assert (body["citations"], body["confidence"]) == ([], 0.0)


def test_a_true_sentence_beside_it_keeps_its_proof(told):
    body = told(f"{TRUE} Elle est chauffée à 28 degrés [DOC:1-1].")
    assert [each["grounded"] for each in body["sentences"]] == [True, False]
    assert [each["quote"] for each in body["citations"]] == [QUOTE]
