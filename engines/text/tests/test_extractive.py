from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from engines.embeddings.fake import FakeEmbedder
from engines.errors import EngineUnavailable
from engines.text import Answer, Passage
from engines.text.citations import parse
from engines.text.extractive import EMBEDDED_SENTENCES, MOST_QUOTES, UNKNOWN, answer
from engines.text.languages import detect
from engines.text.tests.labelled import cases, libraries

# Precision and recall on the labelled questions, by the language of the question and of the documents.
MEASURED = {"fr-fr": (0.9, 0.85), "fr-en": (0.9, 0.75), "en-en": (0.85, 0.8), "en-fr": (0.9, 0.8)}
GUIDE = Passage(
    document_id="guide",
    part=2,
    text="Livret\n\nDépart avant 10 h. La clé est dans la boîte.\nElle ferme avec le code 4711.\n\nBon séjour.",
    language="fr",
    score=1.0,
    similarity=0.5,
)
PARCELS = Passage(
    document_id="parcels",
    part=1,
    text=" ".join(f"Parcel number {number} is delivered in Lyon." for number in range(100)),
    language="en",
    score=1.0,
    similarity=0.5,
)
FAKE = FakeEmbedder()


def ask(question: str, passages: Sequence[Passage] = (GUIDE,), language: str = "fr") -> Answer | None:
    return answer(question, language=language, passages=passages, embed=FAKE.embed)


def test_without_passages_nothing_is_known_and_nothing_is_embedded():
    assert answer("Où est la clé ?", language="fr", passages=[], embed=lambda _: pytest.fail("embedded")) is None


@pytest.mark.parametrize("text", ["", "   \n", "Titre seul\n\n"])
def test_a_passage_without_sentences_answers_nothing(text):
    assert ask("Où est la clé ?", [replace(GUIDE, text=text)]) is None


@pytest.mark.parametrize("question", ["", "?", "de la les", "Qui a gagné la coupe du monde ?"])
def test_a_question_without_anything_in_common_is_not_answered(question):
    assert ask(question) is None


def test_an_embedder_that_fails_is_not_hidden():
    def fails(_: Sequence[str]) -> np.ndarray:
        raise EngineUnavailable

    with pytest.raises(EngineUnavailable):
        answer("Where is the parcel?", language="en", passages=[PARCELS], embed=fails)


def test_without_an_embedder_words_alone_answer():
    found = answer("Where is parcel number 7 delivered?", language="en", passages=[PARCELS], embed=None)
    assert found is not None
    assert "Parcel number 7 is delivered" in found.text


@pytest.mark.parametrize(("question", "language"), [("Où est la clé ?", "fr"), ("Where is the key?", "en")])
def test_nothing_is_embedded_for_a_french_document(question, language):
    found = answer(question, language=language, passages=[GUIDE], embed=lambda _: pytest.fail("embedded"))
    assert found is not None
    assert "La clé est dans la boîte." in found.text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Where is the key?", "La clé est dans la boîte."),
        ("What is the departure time?", "Départ avant 10 h."),
        ("la cle est dans la boite ?", "La clé est dans la boîte."),
    ],
)
def test_a_question_in_the_other_language_or_without_accents_is_answered(question, expected):
    found = ask(question, language=detect(question))
    assert found is not None
    assert expected in found.text


def test_another_language_is_refused():
    with pytest.raises(KeyError):
        ask("¿Dónde?", language="es")


def test_what_is_said_when_nothing_is_known():
    assert UNKNOWN == {
        "fr": "Je ne sais pas – demandez à un humain",
        "en": "I don't know – ask a human",
    }


def test_each_sentence_is_quoted_word_for_word_with_one_citation():
    found = ask("La clé est dans la boîte ?")
    assert found is not None
    assert "La clé est dans la boîte. [DOC:guide-2]" in found.text
    assert len(parse(found.text)) == len(found.quotes)
    for quote in found.quotes:
        assert quote.text == quote.passage.text[quote.start : quote.end]
    assert 0 < found.confidence <= 1


def test_a_sentence_that_leans_on_the_one_before_brings_it():
    found = ask("Elle ferme avec le code 4711 ?")
    assert found is not None
    assert [quote.text for quote in found.quotes] == ["La clé est dans la boîte.", "Elle ferme avec le code 4711."]


def test_a_sentence_shared_by_two_chunks_is_quoted_once_from_the_better():
    found = ask("La clé est dans la boîte ?", [GUIDE, replace(GUIDE, part=3)])
    assert found is not None
    assert {quote.passage.part for quote in found.quotes} == {2}


def test_long_passages_cost_one_small_call_and_give_a_short_answer():
    calls: list[int] = []

    def embed(texts: Sequence[str]) -> np.ndarray:
        calls.append(len(texts))
        return FAKE.embed(texts)

    second = replace(PARCELS, part=2)
    found = answer("Where is the parcel delivered?", language="en", passages=[PARCELS, second], embed=embed)
    assert calls == [1 + EMBEDDED_SENTENCES]
    assert found is not None
    assert len(found.quotes) <= MOST_QUOTES


@pytest.fixture(scope="module")
def outcomes(minilm) -> dict[str, Counter[str]]:
    """Per direction: how many were answered rightly, wrongly, refused rightly, refused wrongly."""
    found = libraries(minilm.embed)
    counts = {direction: Counter[str]() for direction in MEASURED}
    for case in cases():
        passages = found[case.collection].passages(case.question, case.language)
        given = answer(case.question, language=case.language, passages=passages, embed=minilm.embed)
        if given is None:
            counts[case.direction]["refused wrongly" if case.answers else "refused rightly"] += 1
        else:
            right = any(case.is_answered_by(quote) for quote in given.quotes)
            counts[case.direction]["answered rightly" if right else "answered wrongly"] += 1
    return counts


@pytest.mark.parametrize("direction", MEASURED)
def test_answers_are_right_as_often_as_was_measured(outcomes, direction):
    precision, recall = MEASURED[direction]
    right, wrong = outcomes[direction]["answered rightly"], outcomes[direction]["answered wrongly"]
    answerable = sum(case.direction == direction and bool(case.answers) for case in cases())
    assert right / (right + wrong) >= precision
    assert right / answerable >= recall


@pytest.mark.parametrize("direction", MEASURED)
def test_nine_unanswerable_questions_in_ten_are_refused(outcomes, direction):
    unanswerable = sum(case.direction == direction and not case.answers for case in cases())
    assert outcomes[direction]["refused rightly"] / unanswerable >= 0.9
