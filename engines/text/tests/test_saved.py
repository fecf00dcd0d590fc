"""Saved questions: found in other words and of other times, never taken for a question about what documents say."""

import json
from pathlib import Path

import pytest

from engines.text.saved import Period, Saved, match

CATALOGUE = [
    Saved("count", {"fr": ["combien de documents avons-nous"], "en": ["how many documents do we have"]}),
    Saved("failed", {"fr": ["combien de documents ont échoué"], "en": ["how many documents failed"]}),
    Saved("which", {"fr": ["quels documents ont échoué"], "en": ["which documents failed"]}),
    Saved("months", {"fr": ["documents par mois"], "en": ["documents per month"]}),
]
QUESTIONS = Path(__file__).parents[3] / "benchmarks" / "retrieval"


def asked(language: str) -> list[str]:
    kinds = json.loads((QUESTIONS / f"questions.{language}.json").read_text(encoding="utf-8"))
    return [text for kind in kinds.values() for each in kind for text in each if text.endswith("?")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_none_of_the_questions_about_documents_is_taken_for_a_saved_one(language: str) -> None:
    questions = asked(language)
    assert len(questions) > 50
    assert [question for question in questions if match(question, CATALOGUE)] == []


@pytest.mark.parametrize(
    "question",
    [
        "Combien de documents faut-il fournir pour louer ?", "Combien de pages a le bail ?",
        "How many parcels were damaged?",
        "Quels documents faut-il signer ?", "Documents ?", "", "?", "Combien ?", "échoué",
        "Combien de documents ont échoué à convaincre le juge de la résiliation du bail ?",
    ],
)  # fmt: skip
def test_a_question_that_says_more_less_or_something_else_is_not_taken(question: str) -> None:
    assert match(question, CATALOGUE) is None


@pytest.mark.parametrize(
    ("question", "ident", "period"),
    [
        ("Combien de documents avons-nous ?", "count", None),
        ("combien de documents ont échoué ce mois-ci ?", "failed", Period("month", 0, -1)),
        ("COMBIEN DE DOCUMENTS ONT ECHOUE LA SEMAINE DERNIERE", "failed", Period("week", 1, 0)),
        ("Quels documents ont échoué hier ?", "which", Period("day", 1, 0)),
        ("Combien de documents ont échoué ces 30 derniers jours ?", "failed", Period("day", 30, 0, rolling=True)),
        ("How many documents failed in the last 3 months?", "failed", Period("month", 3, 0, rolling=True)),
        ("How many documents failed today?", "failed", Period("day", 0, -1)),
        ("Which documents failed last year?", "which", Period("year", 1, 0)),
        ("Combien de documents ont échoué l'année dernière ?", "failed", Period("year", 1, 0)),
        ("documents par mois", "months", None),
    ],
)
def test_a_saved_question_is_found_with_its_time(question: str, ident: str, period: Period | None) -> None:
    found = match(question, CATALOGUE)
    assert found is not None
    assert (found.saved.ident, found.period) == (ident, period)
