"""A number, a date or a name that the passage does not have is seen; written otherwise it is the same."""

import pytest

from engines.text.facts import denies, missing

PASSAGE = (
    "La piscine ouvre à huit heures et ferme à vingt heures trente. Loyer : 1 780,00 € le 5. Contacter Mme Durand "
    "(durand@example.org) le 12 mars 2024, dossier BL-2024-0117. Surface 42,5 m2. TVA comprise. Fermé le lundi. "
    "Quatre-vingt-douze clés, mille cinq cents euros."
)


@pytest.mark.parametrize(
    ("sentence", "language", "lacking"),
    [
        ("La piscine ouvre à 9 h.", "fr", "number"),
        ("La piscine ouvre à neuf heures.", "fr", "number"),
        ("The pool closes at 9 pm.", "en", "number"),
        ("Le loyer est de 1 870 €.", "fr", "number"),
        ("Le dossier est le BL-2024-0118.", "fr", "number"),
        ("Elle mesure 42 m2.", "fr", "number"),
        ("Le rendez-vous est le 13 mars 2024.", "fr", "date"),
        ("The meeting is on March 12, 2025.", "en", "date"),
        ("Le 12/04/2024 à midi.", "fr", "date"),
        ("C'est fermé le mardi.", "fr", "date"),
        ("Il faut appeler Mme Dupont.", "fr", "name"),
        ("Écrire à dupont@example.org.", "fr", "name"),
    ],
)
def test_what_the_passage_does_not_say_is_named(sentence, language, lacking):
    assert missing(sentence, language, [(PASSAGE, "fr")]) == lacking


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Elle ouvre à 8 h et ferme à 20 h 30.", "fr"),
        ("It opens at 8 am and closes at 8:30 pm.", "en"),
        ("Le loyer de 1780 € est dû le 5.", "fr"),
        ("The rent is 1,780 euros.", "en"),
        ("Contact Mrs Durand on March 12, 2024.", "en"),
        ("Contacter Mme Durand le 12/03/2024.", "fr"),
        ("Contacter Durand en mars.", "fr"),
        ("Le dossier BL-2024-0117 mesure 42,50 m2.", "fr"),
        ("Closed on Monday, VAT included.", "en"),
        ("92 clés, 1500 euros.", "fr"),
        ("1. Guests may write to durand@example.org.", "en"),
    ],
)
def test_what_it_says_otherwise_is_not_lacking(sentence, language):
    assert missing(sentence, language, [(PASSAGE, "fr")]) == ""


@pytest.mark.parametrize(
    "text", ["Les animaux sont interdits.", "Smoking is not allowed.", "You can't smoke.", "Aucune visite."]
)
def test_a_denial_is_seen(text):
    assert denies(text)


@pytest.mark.parametrize(
    "text", ["Les animaux sont admis.", "Pay no later than the fifth.", "Seuls les chats entrent."]
)
def test_an_assertion_is_no_denial(text):
    assert not denies(text)
