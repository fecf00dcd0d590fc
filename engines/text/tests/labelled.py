"""The labelled questions of `questions.json` and the documents they are asked of, searched as the platform does.

A question with `document` and `answer` null has no answer there. Questions in the language of the documents are asked
of the documents of both languages together; those in the other language, of one language only. The demo's documents
are an organization of their own.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engines.text import EmbedTexts, Passage, Quote
from engines.text.analysis import terms
from engines.text.lexicon import asked

_LABELLED: dict[str, Any] = json.loads((Path(__file__).parent / "questions.json").read_text(encoding="utf-8"))
_LANGUAGES = ("fr", "en")
_PASSAGES = 6
_K1, _B = 1.2, 0.4
_DENSE = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """`answers` are (document, words that answer in it), none when there is no answer. `direction` is the language of
    the question and that of the documents that could answer it: `en-fr`. `kind` tells sets of questions apart.
    """

    question: str
    language: str
    collection: str
    direction: str
    answers: tuple[tuple[str, str], ...]
    kind: str = "small"

    def is_answered_by(self, quote: Quote) -> bool:
        return self.is_answered(quote.passage.document_id, quote.text)

    def is_answered(self, document: str, sentence: str) -> bool:
        """Words that answer may run over two sentences: either is an answer then."""
        return any(each == document and (words in sentence or sentence in words) for each, words in self.answers)


@dataclass(frozen=True, slots=True)
class Indexed:
    """A chunk, and what stands for its windows."""

    passage: Passage
    windows: tuple[str, ...]


def cases() -> list[Case]:
    return [_case(each, collection) for each in _LABELLED["questions"] for collection in _collections(each)]


def libraries(embed: EmbedTexts) -> dict[str, Library]:
    demo: list[Indexed] = []
    trade: list[Indexed] = []
    for name, each in _LABELLED["documents"].items():
        passage = Passage(name, 1, each["text"], each["language"], 0.0, 0.0)
        (demo if name.startswith("demo-") else trade).append(Indexed(passage, (each["text"],)))
    chosen = {"demo": demo, "mixed": trade}
    for language in _LANGUAGES:
        chosen[language] = [each for each in trade if each.passage.language == language]
    return {collection: Library(these, embed) for collection, these in chosen.items()}


def _case(each: Mapping[str, str | None], collection: str) -> Case:
    question, language, document, answer = each["question"], each["language"], each["document"], each["answer"]
    assert question is not None
    assert language is not None
    answers = ((document, answer),) if document is not None and answer is not None else ()
    of = {"demo": "fr", "mixed": language}.get(collection, collection)
    return Case(question, language, collection, f"{language}-{of}", answers)


def _collections(each: Mapping[str, str]) -> Iterator[str]:
    document, language = each["document"], each["language"]
    if document is None:
        yield from ("mixed", "demo", "en" if language == "fr" else "fr")
    elif document.startswith("demo-"):
        yield "demo"
    else:
        written = _LABELLED["documents"][document]["language"]
        yield "mixed" if written == language else written


class Library:
    """The mean of the nearest window's cosine and of the share of the question's words, as the platform's search."""

    def __init__(self, chunks: Sequence[Indexed], embed: EmbedTexts) -> None:
        self._embed = embed
        self._passages = [each.passage for each in chunks]
        self._terms = [Counter(terms(f"{each.title}\n{each.text}", each.language)) for each in self._passages]
        self._lengths = [max(1, counts.total()) for counts in self._terms]
        self._mean = sum(self._lengths) / len(self._lengths)
        self._vectors = [embed(each.windows) for each in chunks]

    def passages(self, question: str, language: str) -> list[Passage]:
        vector = self._embed([question])[0]
        nearest = [float(np.max(vectors @ vector)) for vectors in self._vectors]
        scores = [
            _DENSE * max(cosine, 0.0) + (1 - _DENSE) * share
            for cosine, share in zip(nearest, self._shares(question, language), strict=True)
        ]
        best = sorted(range(len(scores)), key=lambda number: -scores[number])[:_PASSAGES]
        return [replace(self._passages[each], score=scores[each], similarity=nearest[each]) for each in best]

    def _shares(self, question: str, language: str) -> list[float]:
        found = [0.0] * len(self._passages)
        most = 0.0
        for said in zip(*(asked(question, source=language, target=each) for each in _LANGUAGES), strict=True):
            weights: dict[str, float] = {}
            for one in said:
                for form, weight in one.forms.items():
                    for term in form:
                        weights[term] = max(weights.get(term, 0.0), one.weight * weight / len(form))
            ceiling, scores = self._word(weights)
            most += ceiling
            found = [total + score for total, score in zip(found, scores, strict=True)]
        return [score / most if most else 0.0 for score in found]

    def _word(self, weights: Mapping[str, float]) -> tuple[float, list[float]]:
        """What one word of the question could score at most, and what it scores in each passage."""
        ceiling, scores = 0.0, [0.0] * len(self._passages)
        for term, weight in weights.items():
            having = [number for number, counts in enumerate(self._terms) if counts[term]]
            rarity = weight * math.log(1 + (len(scores) - len(having) + 0.5) / (len(having) + 0.5))
            ceiling = max(ceiling, rarity * (_K1 + 1))
            for number in having:
                count = self._terms[number][term]
                length = 1 - _B + _B * self._lengths[number] / self._mean
                scores[number] = max(scores[number], rarity * count * (_K1 + 1) / (count + _K1 * length))
        return ceiling, scores
