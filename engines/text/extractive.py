"""Answers with sentences of the documents themselves, each with its citation, or says that it does not know.

Used when no language model is configured, or while it cannot answer. Each sentence gets the probability that it
answers, by a logistic regression over what it shares with the question (`evidence`); below the floor nothing is
answered. Weights and floors, one set for the language of the question and that of the document, were fitted by
`benchmarks/answer_floor.py`, so that nine answers in ten are right. In cross-validation over 705 labelled questions:

    question-document   right of what is said   said of what could be   refused of what could not be
    fr-fr               0.90                    0.63                    0.97
    fr-en               0.93                    0.71                    0.97
    en-en               0.88                    0.66                    0.94
    en-fr               0.92                    0.75                    0.98

An eighth of the answerable questions share no word with their answer, and get none. The cosine of sentence and question
counts for English alone: all-MiniLM-L6-v2, an English model, adds nothing measurable to the words of the other pairs,
and three sentences embedded say as much as fifteen. Another embedding model needs its own weights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.text import Answer, EmbedTexts, Passage, Quote
from engines.text.citations import label
from engines.text.evidence import Candidate, Evidence, Features

UNKNOWN = {
    "fr": "Je ne sais pas – demandez à un humain",
    "en": "I don't know – ask a human",
}

EMBEDDED_SENTENCES = 3
MOST_QUOTES = 4
# Another sentence is quoted too when it answers nearly as well as the best.
_NEARLY_AS_GOOD = 0.8
_FRAGMENT_WORDS = 3

_LEANS_BACK = re.compile(
    r"(?:il|elle|ils|elles|ceci|cela|celui-ci|celle-ci|ceux-ci|celles-ci|it|they|this|these|he|she)\b", re.IGNORECASE
)
_WHITE_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Weights:
    bias: float
    words: float
    kind: float
    cosine: float
    floor: float


# By the language of the question and of the document.
WEIGHTS = {
    ("fr", "fr"): Weights(bias=-9.03, words=10.65, kind=1.21, cosine=0.0, floor=0.2),
    ("fr", "en"): Weights(bias=-8.09, words=9.71, kind=1.4, cosine=0.0, floor=0.17),
    ("en", "en"): Weights(bias=-7.42, words=4.43, kind=0.92, cosine=6.77, floor=0.3),
    ("en", "fr"): Weights(bias=-9.57, words=11.93, kind=1.28, cosine=0.0, floor=0.24),
}
# While nothing can be embedded.
WORDS_ALONE = WEIGHTS | {("en", "en"): Weights(bias=-7.7, words=8.75, kind=1.19, cosine=0.0, floor=0.25)}


# Whether a language model is worth asking: the best sentence has a tenth of the probability that quoting it would need.
# On the labelled questions 0.95 of those whose passage was found are asked, and 0.63 of those without an answer are
# not (benchmarks/answer_floor.py's cases; at 0.2: 0.93 and 0.74; at 0.05: 0.98 and 0.53).
PROMISING = 0.1


@dataclass(frozen=True, slots=True)
class Judgement:
    """`answer` is None below the floor; `promise` is the best sentence's probability over its floor, 0 without any."""

    answer: Answer | None
    promise: float

    @property
    def promising(self) -> bool:
        return self.promise >= PROMISING


@dataclass(frozen=True, slots=True)
class _Scored:
    candidate: Candidate
    probability: float
    floor: float


def answer(question: str, *, language: str, passages: Sequence[Passage], embed: EmbedTexts | None) -> Answer | None:
    """Return one to four sentences of `passages` (best passage first), or None when none is likely to answer.

    `embed` is called once at most, with four texts at most; what it raises is not caught. With None words alone decide.
    Raises KeyError for a language that is not ours.
    """
    return judge(question, language=language, passages=passages, embed=embed).answer


def judge(question: str, *, language: str, passages: Sequence[Passage], embed: EmbedTexts | None) -> Judgement:
    """As `answer`, and how near the passages come to answering."""
    evidence = Evidence(question, language, passages)
    every = _scored(evidence, question, language, embed)
    promise = max((each.probability / each.floor for each in every), default=0.0)
    scored = [each for each in every if each.probability >= each.floor]
    # What documents in the question's own language say goes before what is found through translation.
    scored = [each for each in scored if each.candidate.passage.language == language] or scored
    if not scored:
        return Judgement(None, promise)
    confidence = max(each.probability for each in scored)
    scored.sort(key=lambda each: (-each.probability, each.candidate.rank, each.candidate.number))
    chosen = [each.candidate for each in scored if each.probability >= _NEARLY_AS_GOOD * confidence]
    return Judgement(_answer(_completed(chosen, evidence.by_passage), confidence), promise)


def probability(features: Features, cosine: float, weights: Weights) -> float:
    score = weights.words * features.words + weights.kind * features.kind + weights.cosine * cosine
    return 1 / (1 + math.exp(-(weights.bias + score)))


def _scored(evidence: Evidence, question: str, language: str, embed: EmbedTexts | None) -> list[_Scored]:
    """Where the cosine counts, only the most promising sentences are embedded and the others left out."""
    fitted = WORDS_ALONE if embed is None else WEIGHTS
    by_words: list[tuple[Candidate, Features, Weights]] = []
    by_cosine: list[tuple[Candidate, Features, Weights]] = []
    for candidate, features in evidence.featured():
        weights = fitted[language, candidate.passage.language]
        (by_cosine if weights.cosine else by_words).append((candidate, features, weights))
    del by_cosine[EMBEDDED_SENTENCES:]
    cosines = [0.0] * len(by_words)
    if embed is not None and by_cosine:
        vectors = embed([question, *(candidate.text for candidate, *_ in by_cosine)])
        cosines += np.asarray(vectors[1:] @ vectors[0], dtype=float).tolist()
    return [
        _Scored(candidate, probability(features, cosine, weights), weights.floor)
        for (candidate, features, weights), cosine in zip(by_words + by_cosine, cosines, strict=True)
    ]


def _completed(chosen: Sequence[Candidate], by_passage: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """The best ones first, each with the neighbour without which it means nothing, up to the most we quote."""
    kept: dict[tuple[int, int], Candidate] = {}
    for candidate in chosen:
        wanted = {(each.rank, each.number): each for each in _with_neighbour(candidate, by_passage[candidate.rank])}
        if len(kept | wanted) <= MOST_QUOTES:
            kept |= wanted
    return [kept[place] for place in sorted(kept)]


def _with_neighbour(candidate: Candidate, siblings: Sequence[Candidate]) -> list[Candidate]:
    fragment = len(candidate.text.split()) <= _FRAGMENT_WORDS or candidate.text.endswith(":")
    if fragment and candidate.number + 1 < len(siblings):
        return [candidate, siblings[candidate.number + 1]]
    if _LEANS_BACK.match(candidate.text) and candidate.number > 0:
        return [siblings[candidate.number - 1], candidate]
    return [candidate]


def _answer(chosen: Sequence[Candidate], confidence: float) -> Answer:
    quotes = tuple(Quote(passage=each.passage, start=each.start, end=each.end, text=each.text) for each in chosen)
    written = (
        f"{_WHITE_SPACE.sub(' ', quote.text)} {label(quote.passage.document_id, quote.passage.part)}"
        for quote in quotes
    )
    return Answer(text=" ".join(written), quotes=quotes, confidence=confidence)
