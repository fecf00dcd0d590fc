from __future__ import annotations

import pytest

from engines.text.analysis import terms
from engines.text.lexicon import asked, expand


@pytest.mark.parametrize(("source", "target"), [("es", "fr"), ("fr", "es")])
def test_another_language_is_refused(source, target):
    with pytest.raises(KeyError):
        expand("clé", source=source, target=target)


@pytest.mark.parametrize("question", ["", "?", "de la les"])
def test_a_question_without_words_has_no_terms(question):
    assert expand(question, source="fr", target="en") == {}


@pytest.mark.parametrize(
    ("question", "source", "answer", "target"),
    [
        ("security deposit", "en", "dépôt de garantie", "fr"),
        ("rent of the flat", "en", "loyer appartement", "fr"),
        ("How heavy is the parcel?", "en", "poids colis", "fr"),
        ("late delivery", "en", "retard livraison", "fr"),
        ("préavis du locataire", "fr", "notice tenant", "en"),
        ("la clé est perdue", "fr", "lost key", "en"),
        ("cle perdue", "fr", "lost key", "en"),
        ("Combien pèse un colis ?", "fr", "poids", "fr"),
        ("colis écrasé", "fr", "aplati", "fr"),
    ],
)
def test_a_word_finds_its_translations_and_synonyms(question, source, answer, target):
    assert set(terms(answer, target)) <= expand(question, source=source, target=target).keys()


def test_an_exact_word_weighs_more_than_a_synonym():
    found = expand("colis", source="fr", target="fr")
    assert found["colis"] == 1.0
    assert 0 < found["paquet"] < 1


def test_a_false_friend_is_not_taken_for_itself():
    assert "location" not in expand("location", source="fr", target="en")


def test_what_is_in_no_concept_is_looked_for_as_it_is():
    assert expand("Harrow BL-2024-0117", source="fr", target="en").keys() >= {"harrow", "bl20240117"}


def test_an_identifier_is_one_word_of_the_question():
    assert len(asked("BL-2024-0117", source="fr", target="fr")) == 1


def test_a_stop_word_of_the_document_says_nothing():
    assert expand("rue des Lilas", source="en", target="fr").keys() == {"ru", "lil"}


def test_words_that_ask_count_for_less():
    by_term = {next(iter(each.forms))[0]: each.weight for each in asked("trouver clé", source="fr", target="fr")}
    assert sorted(by_term.values()) == [0.3, 1.0]


@pytest.mark.parametrize(
    "question", ["Quel est le poids d'un colis ?", "How heavy is it, Mr O'Brien?", "BL-2024 12,5 kg"]
)
@pytest.mark.parametrize("source", ["fr", "en"])
def test_the_two_languages_have_as_many_words(question, source):
    one, other = (asked(question, source=source, target=target) for target in ("fr", "en"))
    assert len(one) == len(other)
