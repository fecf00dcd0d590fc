from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.text.analysis import fold, terms


def test_another_language_is_refused():
    with pytest.raises(KeyError):
        terms("hola", "es")


@pytest.mark.parametrize("text", ["", "   ", "?!…", "le la les de l'", "'", "’’", "_-_"])
def test_a_text_without_words_has_no_terms(text):
    assert terms(text, "fr") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L'eau de l’appartement", ["eau", "appart"]),
        ("Qu'est-ce qu'il s'agit d'inspecter ?", ["agit", "inspect"]),
        ("Aujourd'hui, jusqu'à midi", ["aujourdhu", "mid"]),
        ("livraisons LIVRAISON", ["livraison", "livraison"]),
        ("Clés, clé, CLÉ", ["cle", "cle", "cle"]),
        ("œuvre d’été à Nîmes", ["oeuvr", "ete", "nim"]),
        ("le colis n'est pas arrivé", ["colis", "pas", "arriv"]),
    ],
)
def test_french_words_lose_elision_inflection_and_accents(text, expected):
    assert terms(text, "fr") == expected


@pytest.mark.parametrize(
    "written",
    [
        "délai livrée",
        "clé perdue",
        "dépôt de garantie",
        "sécurité de l'entrée",
        "première réservation payée",
        "ils chargèrent l'œuvre",
        "résiliées",
        "répétée",
        "reçu à Noël",
    ],
)
def test_what_is_typed_without_accents_meets_what_is_written_with_them(written):
    assert terms(fold(written), "fr") == terms(written, "fr")


@pytest.mark.parametrize(
    ("one", "other"),
    [("vérifié", "vérifier"), ("livrée", "livrer"), ("payés", "payer"), ("visite", "visiter"), ("limité", "limite")],
)
def test_the_forms_of_a_french_verb_still_meet(one, other):
    assert terms(one, "fr") == terms(other, "fr")


def test_a_boiler_is_not_something_hot():
    assert terms("chaudière", "fr") != terms("chaud", "fr")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The drivers' parcels were delivered", ["driver", "parcel", "deliv"]),
        ("It's not the guest's key", ["not", "guest", "key"]),
    ],
)
def test_english_words_lose_possessive_and_inflection(text, expected):
    assert terms(text, "en") == expected


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "written",
    [
        ("2 450,00", "2\u202f450,00", "2.450,00", "2,450.00", "2450.00", "2450,0", "2450", "2'450"),
        ("12,5", "12.50"),
        ("0,05", "0.05"),
    ],
)
def test_the_ways_of_writing_a_number_meet(written, language):
    assert {tuple(terms(f"= {number} €", language)) for number in written} == {tuple(terms(written[0], language))}


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        ("BL-2024-0117", "BL20240117"),
        ("BL-2024-0117", "bl 2024 0117"),
        ("06 12 34 56 78", "0612345678"),
        ("06.12.34.56.78", "0612345678"),
        ("12/03/2024", "12032024"),
        ("colis n° 1Z999AA10123456784.", "1Z999AA10123456784"),
        ("réf. 4711", "4711"),
    ],
)
def test_an_identifier_is_found_however_it_is_spaced(stored, asked):
    assert set(terms(asked, "fr")) <= set(terms(stored, "fr"))


def test_identifiers_are_never_stemmed():
    assert terms("lot A1S 2es", "fr")[1:] == ["a1s", "2es"]


def test_folding_keeps_what_is_not_an_accent():
    assert fold("Œuvre d’ÉTÉ № 3, ÇA") == "oeuvre d'ete no 3, ca"


@given(st.text(), st.sampled_from(["fr", "en"]))
def test_terms_are_folded_words_whatever_the_text(text, language):
    for term in terms(text, language):
        assert term
        assert not term.isspace()
    assert terms(text, language) == terms(text, language)


def test_threads_do_not_disturb_each_other():
    words = [
        f"{start}{end}" for start in ("livr", "factur", "chauff", "entrepos") for end in ("er", "age", "eurs", "ement")
    ]
    expected = [terms(word, "fr") for word in words]
    from engines.text.analysis import _stem

    _stem.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda word: terms(word, "fr"), words * 200)) == expected * 200
