"""Questions in one language about documents in the other, met through the lexicon."""

import pytest

from engines.embeddings.fake import FakeEmbedder
from engines.text import Passage
from engines.text.extractive import answer

LEASE = (
    "Article 3. Le loyer mensuel est fixé à 1 250 euros, payable d'avance le cinq de chaque mois.\n\n"
    "Article 4. Le locataire verse à la signature un dépôt de garantie de 2 500 euros.\n\n"
    "Article 5. Trois jeux de clés sont remis au locataire. Toute clé perdue est facturée 80 euros."
)
HANDBOOK = (
    "Parcels are collected from Monday to Friday between 8 a.m. and 6 p.m.\n\n"
    "The weight of a parcel does not exceed 30 kilograms.\n\n"
    "A damaged parcel is photographed and kept apart."
)


def asked(question, language, text, other):
    passage = Passage(document_id="d", part=1, text=text, language=other, score=1.0, similarity=0.3)
    return answer(question, language=language, passages=[passage], embed=FakeEmbedder().embed)


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("How much is the security deposit?", "2 500 euros"),
        ("What is the monthly rent?", "1 250 euros"),
        ("How much does a lost key cost?", "80 euros"),
    ],
)
def test_an_english_question_is_answered_from_a_french_document(question, held):
    found = asked(question, "en", LEASE, "fr")
    assert found is not None
    assert held in found.text
    assert all(LEASE[quote.start : quote.end] == quote.text for quote in found.quotes)


def test_a_french_question_is_answered_from_an_english_document():
    found = asked("Quel est le poids maximal d'un colis ?", "fr", HANDBOOK, "en")
    assert found is not None
    assert "30 kilograms" in found.text


@pytest.mark.parametrize(
    "question", ["Who won the world cup in 1998?", "Is there a swimming pool?", "What is the wifi code?"]
)
def test_what_the_other_languages_document_does_not_say_is_not_answered(question):
    assert asked(question, "en", LEASE, "fr") is None
