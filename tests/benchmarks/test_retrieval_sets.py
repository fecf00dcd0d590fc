"""What the retrieval sets of `benchmarks/retrieval` promise, checked word by word."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from benchmarks.retrieval.corpus import (
    KINDS,
    LANGUAGES,
    LATE,
    Question,
    answers,
    chunks,
    passages_of,
    questions,
    sources,
)
from engines.text import Chunk
from engines.text.analysis import terms
from engines.text.tokens import TokenCounter

LONG = 500
WORDS = range(60, 201)


@pytest.fixture(scope="module")
def cut() -> dict[str, list[Chunk]]:
    tokens = TokenCounter(Path(settings.MODELS_DIR) / "all-minilm-l6-v2" / "tokenizer.json")
    return {source.slug: chunks(source, tokens) for language in LANGUAGES for source in sources(language)}


def asked(*kinds: str) -> list[Question]:
    return [one for language in LANGUAGES for one in questions(language) if one.kind in kinds]


def shared_terms(question: Question) -> set[str]:
    """With any of the passages that answer."""
    said = {term for passage in passages_of(question) for term in terms(passage, question.language)}
    return said & set(terms(question.text, question.language))


def gold(question: Question, cut: dict[str, list[Chunk]]) -> list[Chunk]:
    return [chunk for slug, _ in question.answers for chunk in cut[slug] if answers(question, slug, chunk.text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_three_hundred_passages_of_sixty_to_two_hundred_words_all_different(language: str) -> None:
    passages = [passage for source in sources(language) for passage in source.passages]
    assert len(set(passages)) == len(passages) >= 300
    assert [passage for passage in passages if len(re.findall(r"\w+", passage)) not in WORDS] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_third_of_sixty_questions_or_more_is_of_each_kind(language: str) -> None:
    assert len(questions(language)) >= 60
    assert {kind: sum(one.kind == kind for one in questions(language)) for kind in KINDS} == dict.fromkeys(
        KINDS, len(questions(language)) // 3
    )


@pytest.mark.parametrize("question", asked(*KINDS), ids=lambda one: one.text)
def test_every_answer_stands_whole_in_one_passage_and_in_a_chunk(
    question: Question, cut: dict[str, list[Chunk]]
) -> None:
    assert len(passages_of(question)) == len(question.answers)
    assert all(any(answer in chunk.text for chunk in cut[slug]) for slug, answer in question.answers)


@pytest.mark.parametrize("question", asked("direct"), ids=lambda one: one.text)
def test_a_direct_question_shares_words_with_its_passage(question: Question) -> None:
    assert len(shared_terms(question)) >= 2


@pytest.mark.parametrize("question", asked("paraphrase"), ids=lambda one: one.text)
def test_a_paraphrase_shares_no_analysed_term_with_its_passage(question: Question) -> None:
    assert shared_terms(question) == set()


@pytest.mark.parametrize("question", asked("late"), ids=lambda one: one.text)
def test_a_late_answer_begins_after_sixty_per_cent_of_its_only_and_long_chunk(
    question: Question, cut: dict[str, list[Chunk]]
) -> None:
    (chunk,) = gold(question, cut)
    ((_, answer),) = question.answers
    assert chunk.token_count >= LONG
    assert chunk.text.index(answer) >= LATE * len(chunk.text)
