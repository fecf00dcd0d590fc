from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.text.sentences import sentences


def split(text: str, language: str = "fr") -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in sentences(text, language)]


@pytest.mark.parametrize(
    "text",
    [
        "M. Durand et Mme. Petit ont signé l'art. 5 du bail n. 12.",
        "Le total est de 1.200,50 € (cf. p. 3 et env. 2.5 kg).",
        "Voir Me. J. Dupont, S.A.R.L. Martin, 12 av. Foch.",
        "« Est-ce ouvert ? » demande-t-il.",
        "Le code est 12.34.56 et le site www.exemple.fr répond.",
        "Une ligne qui est coupée au milieu par la mise en page\nse continue à la ligne suivante.",
        "1. Le locataire paie",
    ],
)
def test_one_french_sentence_stays_whole(text):
    assert split(text) == [text]


@pytest.mark.parametrize(
    "text", ["Mr. Smith vs. Dr. J. Brown, e.g. on Jan. 5.", "It costs approx. 3.5 kg.", "The U.S. office is shut."]
)
def test_one_english_sentence_stays_whole(text):
    assert split(text, "en") == [text]


def test_sentences_are_cut_at_their_ends():
    text = "Le colis est parti. Il arrive demain ! Est-ce sûr ? Oui… « Bien. » (Voir plus bas.) Fin"
    assert split(text) == [
        "Le colis est parti.",
        "Il arrive demain !",
        "Est-ce sûr ?",
        "Oui…",
        "« Bien. »",
        "(Voir plus bas.)",
        "Fin",
    ]


def test_items_of_a_list_are_sentences():
    text = "Fournis :\n- draps et serviettes\n- savon\n• café\n1) clé du portail\n2) badge"
    assert split(text) == [
        "Fournis :",
        "- draps et serviettes",
        "- savon",
        "• café",
        "1) clé du portail",
        "2) badge",
    ]


def test_rows_of_a_table_are_sentences():
    text = "Zone\tPrix\nParis\t12,50\nLyon\t14,00\n\n| a | b |\n| c | d |\n\nPoids     20 kg\nTaille    60 cm"
    assert len(split(text)) == 7


def test_labelled_lines_and_priced_lines_are_sentences():
    text = "Réseau : Mimosa\nMot de passe : azur2024\nMain d'œuvre 2 45,00\nDéplacement 1 30,00\nTotal 120,00 €"
    assert len(split(text)) == 5


def test_a_title_does_not_run_into_its_paragraph():
    text = "Horaires\nLa réception est ouverte de 8 h à 20 h tous les jours de la semaine."
    assert split(text)[0] == "Horaires"


@pytest.mark.parametrize("text", ["", " \n\n ", "\t"])
def test_white_space_holds_no_sentence(text):
    assert sentences(text, "fr") == []


@given(st.text(alphabet=st.sampled_from("aB1 .!?…\n\t-•«»’|(\u00a0é"), max_size=200), st.sampled_from(["fr", "en"]))
def test_every_character_is_in_exactly_one_sentence(text, language):
    found = sentences(text, language)
    end = 0
    for sentence in found:
        assert not text[end : sentence.start].strip()
        assert text[sentence.start : sentence.end] == text[sentence.start : sentence.end].strip() != ""
        end = sentence.end
    assert not text[end:].strip()
