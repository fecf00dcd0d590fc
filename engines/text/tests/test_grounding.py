"""Each sentence of an answer is carried by the words of a passage that it cites, or is marked with what is lacking."""

import pytest

from engines.text import Passage
from engines.text.grounding import ground

RULES = (
    "La piscine ouvre à huit heures et ferme à vingt heures. Les animaux sont interdits dans le jardin.\n"
    "Le code du portail est le 4812. Le ménage coûte quarante euros par séjour."
)
OPENING = "La piscine ouvre à huit heures et ferme à vingt heures."
LEASE = "The deposit is returned within thirty days. Smoking is not allowed in the apartment."
PASSAGES = [
    Passage("aaa", 1, RULES, "fr", 1.0, 1.0, "Règlement de la villa"),
    Passage("bbb", 2, LEASE, "en", 1.0, 1.0, "Lease"),
]


def grounded(text, language="fr"):
    return ground(text, language=language, passages=PASSAGES)


@pytest.mark.parametrize(
    ("sentence", "language", "reason"),
    [
        ("La piscine ouvre à huit heures.", "fr", "uncited"),
        ("La piscine ouvre à huit heures [DOC:zzz-9].", "fr", "uncited"),
        ("Le capitaine est chauve [DOC:aaa-1].", "fr", "unsupported"),
        ("La piscine ouvre à neuf heures [DOC:aaa-1].", "fr", "number"),
        ("Les animaux sont admis dans le jardin [DOC:aaa-1].", "fr", "denial"),
        ("Smoking is allowed in the apartment [DOC:bbb-2].", "en", "denial"),
        ("Le ménage coûte quarante euros à Lyon [DOC:aaa-1].", "fr", "name"),
        ("Le ménage coûte quarante euros par séjour en mars [DOC:aaa-1].", "fr", "date"),
        ("La piscine ouvre à huit heures, « et la nuit pour le gardien » [DOC:aaa-1].", "fr", "quote"),
        ("La piscine ouvre à huit heures et ferme à vingt heures [DOC:bbb-2].", "fr", "unsupported"),
    ],
)
def test_a_sentence_that_the_passages_do_not_carry_is_marked_and_stays(sentence, language, reason):
    (only,) = grounded(sentence, language).sentences
    assert (only.grounded, only.reason, only.quotes) == (False, reason, ())
    assert only.text in grounded(sentence, language).text
    assert "[DOC:" not in grounded(sentence, language).text


@pytest.mark.parametrize(
    ("sentence", "language", "quote"),
    [
        (
            "La piscine ouvre à 8 h et ferme à 20 h. [DOC:aaa-1]",
            "fr",
            "La piscine ouvre à huit heures et ferme à vingt heures.",
        ),
        (
            "The pool opens at 8 am and closes at 8 pm [DOC:aaa-1].",
            "en",
            "La piscine ouvre à huit heures et ferme à vingt heures.",
        ),
        ("Animals are forbidden in the garden [DOC:aaa-1].", "en", "Les animaux sont interdits dans le jardin."),
        ("La caution est rendue sous 30 jours [DOC:bbb-2].", "fr", "The deposit is returned within thirty days."),
        ("Il est interdit de fumer dans l'appartement [DOC:bbb-2].", "fr", "Smoking is not allowed in the apartment."),
        ("- Code du portail : 4812 [DOC:aaa-1]", "fr", "Le code du portail est le 4812."),
        ("Il dit « le ménage coûte quarante euros » [DOC:aaa-1].", "fr", "Le ménage coûte quarante euros"),
    ],
)
def test_a_carried_sentence_comes_with_the_words_of_the_document_in_its_language(sentence, language, quote):
    (only,) = grounded(sentence, language).sentences
    assert (only.grounded, only.reason) == (True, "")
    assert [each.text for each in only.quotes] == [quote]
    for each in only.quotes:
        assert each.passage.text[each.start : each.end] == each.text


def test_labels_of_the_text_are_the_quotes_in_order_and_the_share_is_counted():
    answer = grounded(
        "Le code du portail est le 4812. [DOC:aaa-1] Le parking est gratuit. [DOC:aaa-1]\n"
        "Le ménage coûte 40 euros par séjour [DOC:aaa-1][DOC:bbb-2]."
    )
    assert [each.grounded for each in answer.sentences] == [True, False, True]
    assert answer.share == pytest.approx(2 / 3)
    assert answer.text == (
        "Le code du portail est le 4812. [DOC:aaa-1] Le parking est gratuit.\n"
        "Le ménage coûte 40 euros par séjour. [DOC:aaa-1]"
    )
    assert [quote.passage.document_id for quote in answer.quotes] == ["aaa", "aaa"]


def test_nothing_and_noise_are_no_sentences():
    assert grounded("").sentences == ()
    assert grounded(" … \n - ").sentences == ()
    assert grounded("").share == 0.0


def test_ten_megabytes_are_not_read_to_their_end():
    assert len(grounded("La piscine ouvre à huit heures. " * 300_000).sentences) < 2_000
