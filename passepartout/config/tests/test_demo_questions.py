"""The demo's documents, all French, asked about in both languages: no language model, no translation."""

import pytest

from passepartout.config.management.commands.load_demo import FOLDER
from passepartout.documents.factories import indexed

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(api, alice):
    client = api(alice)
    for path in sorted(FOLDER.iterdir()):
        if path.is_file():
            indexed(client, alice, path.read_bytes(), path.name)
    return lambda question: client.post("/api/v1/ask/", {"question": question}).json()


def test_what_the_documents_do_not_say_is_refused_in_the_language_of_the_question(ask):
    for question, refusal in (
        ("How much does breakfast cost?", "I don't know"),
        ("What is the phone number of the locksmith?", "I don't know"),
        ("Quel est le salaire du gardien ?", "Je ne sais pas"),
    ):
        found = ask(question)
        assert found["answer"].startswith(refusal)
        assert found["citations"] == []


def test_questions_in_both_languages_get_cited_answers(ask):
    for question, held in (
        ("Quel est le montant du dépôt de garantie ?", "2 500 euros"),
        ("How much is the security deposit?", "2 500 euros"),
        ("What is the monthly rent?", "1 250 euros"),
        ("How much does a lost key cost?", "80 euros"),
        ("prix cle perdue", "80 euros"),
        ("Combien pèse au plus un colis ?", "30 kilogrammes"),
        ("What is the maximum weight of a parcel?", "30 kilogrammes"),
        ("Que faire si un colis arrive écrasé ?", "zone rouge"),
        ("When is the swimming pool open?", "15 mai"),
        ("How much is the cleaning of a studio?", "58 €"),
    ):
        found = ask(question)
        assert any(held in citation["quote"] for citation in found["citations"]), question
        assert all(citation["label"] in found["answer"] for citation in found["citations"])
