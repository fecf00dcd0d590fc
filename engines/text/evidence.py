"""What the sentences of the retrieved passages have in common with a question."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from engines.text import Passage
from engines.text.analysis import fold, terms
from engines.text.expected import expected
from engines.text.headings import headings
from engines.text.lexicon import Form, asked
from engines.text.sentences import sentences

# What a term counts for when it is not in the sentence but beside it, or elsewhere in the passage.
_BESIDE, _TITLE, _ELSEWHERE = 0.6, 0.8, 0.3
# Between two sentences that share as much with the question, the better passage's comes first.
_PER_RANK = 0.02


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
    """`words`: the share, 0 to 1, of the question's terms that are in the sentence or about it, weighted by their
    rarity. `kind`: 1 if the sentence holds the kind of thing that is asked for (`expected`), -1 if it does not, 0 if
    any will do.
    """

    words: float
    kind: float


class Evidence:
    """The sentences of the passages, best passage first."""

    def __init__(self, question: str, language: str, passages: Sequence[Passage]) -> None:
        self._asked = {
            each: asked(question, source=language, target=each) for each in {passage.language for passage in passages}
        }
        self.by_passage = [_candidates(passage, rank) for rank, passage in enumerate(passages)]
        self._document_titles = [frozenset(terms(passage.title, passage.language)) for passage in passages]
        self._expected = {each: expected(question, source=language, target=each) for each in self._asked}

    def featured(self) -> list[tuple[Candidate, Features]]:
        """Return the sentences with what words alone say of them, the most promising first."""
        found = [(candidate, self._features(candidate)) for candidate in self._distinct()]
        found.sort(key=lambda pair: _PER_RANK * pair[0].rank - pair[1].words)
        return found

    def _distinct(self) -> list[Candidate]:
        """Neighbouring chunks overlap: the same sentence counts once, in its best passage."""
        found: dict[str, Candidate] = {}
        for candidate in chain.from_iterable(self.by_passage):
            if not candidate.title:
                found.setdefault(candidate.text, candidate)
        return list(found.values())

    @cached_property
    def _rarity(self) -> list[float]:
        """The square root of BM25's inverse document frequency of each term asked, a sentence being the document.

        The root, because a term found nowhere may be said in words that we do not know: it must not outweigh the rest.
        """
        everything = list(chain.from_iterable(self.by_passage))
        total = len(everything)
        found = [0] * max(map(len, self._asked.values()), default=0)
        for candidate in everything:
            for number, each in enumerate(self._asked[candidate.passage.language]):
                found[number] += any(candidate.terms.issuperset(form) for form in each.forms)
        return [
            math.sqrt(math.log(1 + (total - count + 0.5) / (count + 0.5))) for count in (max(1, each) for each in found)
        ]

    def _features(self, candidate: Candidate) -> Features:
        worths = self._worths(candidate)
        total = found = 0.0
        for each, rarity in zip(self._asked[candidate.passage.language], self._rarity, strict=True):
            worth = each.weight * rarity
            total += worth
            if worths:
                found += worth * max(
                    (weight * _presence(form, worths) for form, weight in each.forms.items()), default=0.0
                )
        return Features(words=found / total if total else 0.0, kind=self._kind(candidate))

    def _worths(self, candidate: Candidate) -> dict[str, float]:
        """What the terms that could answer count for, from far to near."""
        siblings = self.by_passage[candidate.rank]
        places = (
            (self._passage_terms[candidate.rank], _ELSEWHERE),
            (_terms(siblings[max(0, candidate.number - 1) : candidate.number + 2]), _BESIDE),
            (_terms(_titles(siblings, candidate.number)) | self._document_titles[candidate.rank], _TITLE),
            (candidate.terms, 1.0),
        )
        wanted = self._wanted[candidate.passage.language]
        return {term: worth for there, worth in places for term in there & wanted}

    @cached_property
    def _wanted(self) -> dict[str, frozenset[str]]:
        return {
            language: frozenset(chain.from_iterable(chain.from_iterable(each.forms for each in words)))
            for language, words in self._asked.items()
        }

    @cached_property
    def _passage_terms(self) -> list[frozenset[str]]:
        return [_terms(siblings) for siblings in self.by_passage]

    def _kind(self, candidate: Candidate) -> float:
        kind = self._expected[candidate.passage.language]
        if kind is None:
            return 0.0
        return 1.0 if kind.search(fold(candidate.text)) else -1.0


def _terms(candidates: Iterable[Candidate]) -> frozenset[str]:
    return frozenset(chain.from_iterable(candidate.terms for candidate in candidates))


def _titles(siblings: Sequence[Candidate], number: int) -> list[Candidate]:
    """What a sentence is said under: the first title of the passage and the last one before it."""
    before = [sibling for sibling in siblings[:number] if sibling.title]
    return before[:1] + before[-1:]


def _presence(form: Form, worths: Mapping[str, float]) -> float:
    return sum(worths.get(term, 0.0) for term in form) / len(form)


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
