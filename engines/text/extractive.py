"""Answers with sentences of the documents themselves, each with its citation, or says that it does not know.

Used when no language model is configured, or while it cannot answer. Each sentence gets the probability that it
answers, by a logistic regression over what it shares with the question (`evidence`); below the floor nothing is
answered. Weights and floors were fitted on the labelled questions of `tests/questions.json` with all-MiniLM-L6-v2, one
set per language of the question, each floor being where nine answers in ten are right (five-fold cross-validation:
French 0.90 right and 0.68 of the answerable answered, English 1.00 and 0.85). Another embedding model needs its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from engines.text import Answer, EmbedTexts, Passage, Quote
from engines.text.citations import label
from engines.text.evidence import Candidate, Evidence, Features

UNKNOWN = {
    "fr": "Je ne sais pas – demandez à un humain",
    "en": "I don't know – ask a human",
}

# With the question, two slices of the embeddings service: they go before the documents that are being indexed.
EMBEDDED_SENTENCES = 15
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
    terms: float
    cosine: float
    figure: float
    floor: float


WEIGHTS = {
    "fr": Weights(bias=-12.7, terms=6.3, cosine=12.4, figure=2.0, floor=0.3),
    "en": Weights(bias=-8.2, terms=5.7, cosine=8.0, figure=0.3, floor=0.4),
}


# A document in the other language is met through the lexicon alone: the model's cosines say little across languages.
ABROAD = Weights(bias=-8.7, terms=11.0, cosine=0.0, figure=1.4, floor=0.25)


def answer(question: str, *, language: str, passages: Sequence[Passage], embed: EmbedTexts) -> Answer | None:
    """Return one to four sentences of `passages` (best passage first), or None when none is likely to answer.

    `embed` is called once at most, with 16 texts at most; what it raises is not caught. Raises KeyError for a language
    that is not ours.
    """
    home = WEIGHTS[language]
    evidence = Evidence(question, language, passages)
    scored = [
        (probability(features, home if candidate.passage.language == language else ABROAD), candidate)
        for candidate, features in evidence.featured(embed, most=EMBEDDED_SENTENCES)
    ]
    confidence = max((score for score, _ in scored), default=0.0)
    floor = home.floor if any(candidate.passage.language == language for _, candidate in scored) else ABROAD.floor
    if confidence < floor:
        return None
    least = max(floor, _NEARLY_AS_GOOD * confidence)
    scored.sort(key=lambda pair: (-pair[0], pair[1].rank, pair[1].number))
    chosen = [candidate for score, candidate in scored if score >= least]
    return _answer(_completed(chosen, evidence.by_passage), confidence)


def probability(features: Features, weights: Weights) -> float:
    score = weights.terms * features.terms + weights.cosine * features.cosine + weights.figure * features.figure
    return 1 / (1 + math.exp(-(weights.bias + score)))


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
