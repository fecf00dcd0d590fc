"""The questions that the extractive answerer is fitted on and judged by.

Those of engines/text/tests/questions.json, over small documents; those of the retrieval sets (benchmarks/retrieval),
over 28 long documents per language; and, over the same long ones, those of answer_questions.json: asked in the other
language, or without an answer though their words are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.retrieval import corpus
from engines.text import EmbedTexts, Passage
from engines.text.tests import labelled
from engines.text.tests.labelled import Case, Indexed, Library
from engines.text.tokens import TokenCounter

_OTHERS = json.loads((Path(__file__).parent / "answer_questions.json").read_text(encoding="utf-8"))


def cases() -> list[Case]:
    return [*labelled.cases(), *_searched(), *_crossed(), *_unanswerable()]


def libraries(embed: EmbedTexts, tokens: TokenCounter) -> dict[str, Library]:
    long = {f"long-{language}": Library(_chunks(language, tokens), embed) for language in corpus.LANGUAGES}
    return labelled.libraries(embed) | long


def _chunks(language: str, tokens: TokenCounter) -> list[Indexed]:
    return [
        Indexed(
            Passage(source.slug, chunk.part, chunk.text, chunk.language, 0.0, 0.0, source.title),
            tuple(
                f"{source.title}\n{chunk.text[window.start - chunk.start : window.end - chunk.start]}"
                for window in chunk.windows
            ),
        )
        for source in corpus.sources(language)
        for chunk in corpus.chunks(source, tokens)
    ]


def _searched() -> Iterator[Case]:
    for language in corpus.LANGUAGES:
        for each in corpus.questions(language):
            direction = f"{language}-{language}"
            yield Case(each.text, language, f"long-{language}", direction, each.answers, each.kind)


def _crossed() -> Iterator[Case]:
    for direction in ("en-fr", "fr-en"):
        asked, written = direction.split("-")
        for slug, question, answer in _OTHERS[direction]:
            yield Case(question, asked, f"long-{written}", direction, ((slug, answer),), "crossed")


def _unanswerable() -> Iterator[Case]:
    for asked, questions in _OTHERS["unanswerable"].items():
        for question in questions:
            for written in corpus.LANGUAGES:
                yield Case(question, asked, f"long-{written}", f"{asked}-{written}", (), "unanswerable")
