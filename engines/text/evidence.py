"""What the sentences of the retrieved passages have in common with a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from engines.text import EmbedTexts, Passage, lexicon
from engines.text.analysis import fold, terms
from engines.text.headings import headings
from engines.text.sentences import sentences

# What a term counts for when it is not in the sentence but beside it, or elsewhere in the passage.
_BESIDE, _ELSEWHERE = 0.6, 0.3
# Between two sentences that share as much with the question, the better passage's comes first.
_PER_RANK = 0.02

_ASKS_A_FIGURE = re.compile(
    r"\b(?:combien|quand|horaires?|heures?|date|delais?|prix|tarifs?|montant|cout|coute|duree|numero|code|temperature"
    r"|poids|vitesse|hauteur|how (?:much|many|long|often|hot|tall|heavy)|when|what time|price|cost|fee|number|limit"
    r"|amount|rate|temperature|weight|speed|height|deadline|hours)\b"
)
_FIGURE = re.compile(
    r"\d|\b(?:deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|quinze|vingt|trente|quarante|cinquante|soixante|cent"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|one|two|three|four|five|six|seven|eight|nine|ten|twelve"
    r"|fifteen|twenty|thirty|forty|fifty|hundred|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
)
_WORD = re.compile(r"[\w'’./-]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence: `passage.text[start:end]`. `number` is its place in the passage. A title is never an answer."""

    passage: Passage
    rank: int
    number: int
    start: int
    end: int
    text: str
    terms: frozenset[str]
    title: bool


@dataclass(frozen=True, slots=True)
class Features:
    """`terms`: the share, 0 to 1, of the question's terms that are there, weighted by their rarity. `cosine`: of the
    sentence and the question. `figure`: 1 if one is asked for and there, -1 if it is not there, 0 if none is asked for.
    """

    terms: float
    cosine: float
    figure: float


class Evidence:
    """The sentences of the passages, best passage first."""

    def __init__(self, question: str, language: str, passages: Sequence[Passage]) -> None:
        self._question = question
        languages = {passage.language for passage in passages}
        self._asked = _terms_by_language(question, language, languages)
        self._abroad = {
            other: lexicon.asked(question, source=language, target=other) for other in languages - {language}
        }
        self.by_passage = [_candidates(passage, rank) for rank, passage in enumerate(passages)]
        self._wants_figure = _ASKS_A_FIGURE.search(fold(question)) is not None

    def featured(self, embed: EmbedTexts, *, most: int) -> list[tuple[Candidate, Features]]:
        """Return the `most` sentences that share the most terms, with their features. One call of `embed`."""
        shares = [(self._share(candidate), candidate) for candidate in self._distinct()]
        shares.sort(key=lambda pair: _PER_RANK * pair[1].rank - pair[0])
        kept = shares[:most]
        if not kept:
            return []
        vectors = embed([self._question, *(candidate.text for _, candidate in kept)])
        cosines = np.asarray(vectors[1:] @ vectors[0], dtype=float).tolist()
        return [
            (candidate, Features(terms=share, cosine=cosine, figure=self._figure(candidate)))
            for (share, candidate), cosine in zip(kept, cosines, strict=True)
        ]

    def _distinct(self) -> list[Candidate]:
        """Neighbouring chunks overlap: the same sentence counts once, in its best passage."""
        found: dict[str, Candidate] = {}
        for candidate in chain.from_iterable(self.by_passage):
            if not candidate.title:
                found.setdefault(candidate.text, candidate)
        return list(found.values())

    @cached_property
    def _rarity(self) -> Mapping[str, float]:
        """BM25's inverse document frequency, a sentence being the document. A term found nowhere is the rarest."""
        everything = list(chain.from_iterable(self.by_passage))
        asked = frozenset(chain.from_iterable(self._asked.values()))
        counts = Counter(term for candidate in everything for term in candidate.terms & asked)
        total = len(everything)
        return {term: math.log(1 + (total - counts[term] + 0.5) / (counts[term] + 0.5)) for term in asked}

    def _share(self, candidate: Candidate) -> float:
        if candidate.passage.language in self._abroad:
            return self._share_abroad(candidate)
        asked = self._asked[candidate.passage.language]
        if not asked:
            return 0.0
        siblings = self.by_passage[candidate.rank]
        beside = siblings[max(0, candidate.number - 1) : candidate.number + 2]
        near = frozenset(chain.from_iterable(sibling.terms for sibling in beside))
        anywhere = frozenset(chain.from_iterable(sibling.terms for sibling in siblings))
        found = 0.0
        for term in asked:
            place = (
                1.0 if term in candidate.terms else _BESIDE if term in near else _ELSEWHERE if term in anywhere else 0.0
            )
            found += place * self._rarity[term]
        return found / sum(self._rarity[term] for term in asked)

    def _share_abroad(self, candidate: Candidate) -> float:
        """The share of the question's terms that the sentence says in its own language, by the lexicon."""
        language = candidate.passage.language
        found = total = 0.0
        for asked, rarity in zip(self._abroad[language], self._rarity_abroad[language], strict=True):
            total += asked.weight * rarity
            said = [weight for form, weight in asked.forms.items() if candidate.terms.issuperset(form)]
            found += asked.weight * rarity * max(said, default=0.0)
        return found / total if total else 0.0

    @cached_property
    def _rarity_abroad(self) -> Mapping[str, Sequence[float]]:
        """As `_rarity`, for each of the question's terms: a sentence counts when it holds one of the term's forms."""
        everything = [candidate.terms for candidate in chain.from_iterable(self.by_passage)]
        total = len(everything)
        counts = {
            language: [
                sum(any(held.issuperset(form) for form in asked.forms) for held in everything) for asked in terms_
            ]
            for language, terms_ in self._abroad.items()
        }
        return {
            language: [math.log(1 + (total - count + 0.5) / (count + 0.5)) for count in found]
            for language, found in counts.items()
        }

    def _figure(self, candidate: Candidate) -> float:
        if not self._wants_figure:
            return 0.0
        return 1.0 if _FIGURE.search(fold(candidate.text)) else -1.0


def _terms_by_language(question: str, language: str, languages: set[str]) -> dict[str, frozenset[str]]:
    """A question about a document in the other language loses its own stop words, then meets the other's stems."""
    words = " ".join(word for word in _WORD.findall(question) if terms(word, language))
    return {each: frozenset(terms(question if each == language else words, each)) for each in languages}


def _candidates(passage: Passage, rank: int) -> list[Candidate]:
    titles = {heading.start for heading in headings(passage.text)}
    return [
        Candidate(
            passage=passage,
            rank=rank,
            number=number,
            start=sentence.start,
            end=sentence.end,
            text=passage.text[sentence.start : sentence.end],
            terms=frozenset(terms(passage.text[sentence.start : sentence.end], passage.language)),
            title=sentence.start in titles,
        )
        for number, sentence in enumerate(sentences(passage.text, passage.language))
    ]
