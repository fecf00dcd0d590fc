"""The product's search over our retrieval sets, in memory, with what it weighs made variable.

Chunks, windows, contexts, terms and forms of words are the product's own functions; only its tables are not there, so
that hundreds of variants take a minute. `retrieval_quality` says what the product itself finds. Needs django.setup().
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.retrieval.corpus import LANGUAGES, Question, answers, chunks, questions, sources
from benchmarks.retrieval.weights import CONTEXTS, Weights
from engines.embeddings import Embedder, Vectors
from engines.text.analysis import fold, terms
from engines.text.languages import detect
from engines.text.tokens import TokenCounter
from passepartout.documents.contexts import Contexts
from passepartout.documents.lexical import K1, B
from passepartout.documents.retrieval import WINDOWS, words_asked

GRAM = 4
SEEN = 10
Counts = list[Counter[str]]


@dataclass(frozen=True)
class _Asked:
    question: Question
    spoken: str
    gold: frozenset[int]
    similarity: dict[str, np.ndarray]
    share: dict[str, np.ndarray]
    alike: np.ndarray


class Weighing:
    """Both sets in one organization. Embeds everything once, when it is made."""

    def __init__(self, embedder: Embedder, tokens: TokenCounter) -> None:
        self._embedder = embedder
        self._chunks = [
            (source, chunk, Contexts(source.title, source.text))
            for language in LANGUAGES
            for source in sources(language)
            for chunk in chunks(source, tokens)
        ]
        self._languages = [chunk.language for _, chunk, _ in self._chunks]
        self._owners = np.array([row for row, (_, chunk, _) in enumerate(self._chunks) for _ in chunk.windows])
        self._windows = {context: self._embedded(list(self._texts(context))) for context in CONTEXTS}
        self._words = {context: [self._terms(row, context) for row in range(len(self._chunks))] for context in CONTEXTS}
        self._grams = [Counter(grams(chunk.text)) for _, chunk, _ in self._chunks]
        self.asked = [self._ask(question) for language in LANGUAGES for question in questions(language)]

    def _texts(self, context: str) -> Iterator[str]:
        for source, chunk, contexts in self._chunks:
            for window in chunk.windows:
                text = chunk.text[window.start - chunk.start : window.end - chunk.start]
                before = {"nothing": "", "title": f"{source.title}\n"}.get(context, contexts.before(window.start))
                yield before + text

    def _terms(self, row: int, context: str) -> Counter[str]:
        source, chunk, contexts = self._chunks[row]
        heading = contexts.before(chunk.start).partition(" – ")[2]
        before = {"nothing": "", "title": source.title}.get(context, f"{source.title}\n{heading}")
        return Counter(terms(f"{before}\n{chunk.text}", chunk.language))

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        return np.vstack([self._embedder.embed(texts[first : first + 64]) for first in range(0, len(texts), 64)])

    def _ask(self, question: Question) -> _Asked:
        spoken = detect(question.text)
        vector = self._embedder.embed([question.text])[0]
        words = words_asked(question.text, spoken)
        asked_grams = [{gram: 1.0} for gram in dict.fromkeys(grams(question.text))]
        return _Asked(
            question,
            spoken,
            frozenset(
                row for row, (source, chunk, _) in enumerate(self._chunks) if answers(question, source.slug, chunk.text)
            ),
            {context: self._nearest(self._windows[context] @ vector) for context in CONTEXTS},
            {context: shares(words, self._words[context]) for context in CONTEXTS},
            shares(asked_grams, self._grams),
        )

    def _nearest(self, cosines: np.ndarray) -> np.ndarray:
        """Each chunk's best window; a chunk that has none among the nearest is no nearer than the farthest of them."""
        best = np.full(len(self._chunks), -1.0)
        nearest = np.argsort(-cosines, kind="stable")[:WINDOWS]
        np.maximum.at(best, self._owners[nearest], cosines[nearest])
        return np.maximum(best, max(best[best > -1.0].min(), 0.0))

    def gain(self, asked: _Asked, weights: Weights) -> float:
        """The question's nDCG at 10."""
        dense = weights.dense[LANGUAGES.index(asked.spoken)]
        score = dense * asked.similarity[weights.before_windows] + (1 - dense) * asked.share[weights.with_words]
        score = (1 - weights.grams) * score + weights.grams * asked.alike
        own = np.array([language == asked.spoken for language in self._languages])
        ranked = np.argsort(-(score * (1 + weights.own_language * own)), kind="stable")[:SEEN]
        found = sum(1 / math.log2(rank + 2) for rank, row in enumerate(ranked) if int(row) in asked.gold)
        return found / sum(1 / math.log2(rank + 2) for rank in range(min(len(asked.gold), SEEN)))


def grams(text: str) -> list[str]:
    """Every run of four characters inside the words of a text, folded; the ends of words count as characters."""
    padded = [f" {word} " for word in "".join(c if c.isalnum() else " " for c in fold(text)).split()]
    return [word[start : start + GRAM] for word in padded for start in range(max(len(word) - GRAM + 1, 1))]


def shares(words: Sequence[Mapping[str, float]], counts: Counts) -> np.ndarray:
    """BM25 of every chunk as `documents.lexical` counts it: the share of what the question's words could score."""
    lengths = np.array([sum(each.values()) for each in counts], dtype=float)
    norm = K1 * (1 - B + B * lengths / lengths.mean())
    total, most = np.zeros(len(counts)), 0.0
    for forms in words:
        best, rarest = np.zeros(len(counts)), 0.0
        for term, weight in forms.items():
            freqs = np.array([each.get(term, 0) for each in counts], dtype=float)
            found = int((freqs > 0).sum())
            idf = weight * math.log(1 + (len(counts) - found + 0.5) / (found + 0.5))
            rarest = max(rarest, idf)
            best = np.maximum(best, idf * freqs * (K1 + 1) / (freqs + norm))
        total, most = total + best, most + rarest
    return total / (most * (K1 + 1)) if most else total
