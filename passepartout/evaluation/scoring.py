"""From what was found and said to scores between 0 and 1. Pure: no database, no engine.

recall_at_5 and ndcg_at_10 (Järvelin and Kekäläinen, 2002, with one relevant thing: the first expected place) look at
the search; answered_right counts answers where there is one and "I don't know" where there is none; cited_right counts
answers with a citation of an expected place.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

RECALL_DEPTH: Final = 5
DEPTH: Final = 10
SCORES: Final = ("recall_at_5", "ndcg_at_10", "answered_right", "cited_right")


@dataclass(frozen=True)
class Spot:
    """A place in a document: a chunk that was found, or a citation."""

    document: str
    page_from: int
    page_to: int
    text: str


@dataclass(frozen=True)
class Outcome:
    """What became of one question. ``rank``: of the first expected place, from 1; 0 when it was not found. ``model``
    answered, "" where the documents' own words did; ``embedding`` searched, "" while it was away.
    """

    question: str
    answerable: bool
    rank: int
    answered_right: bool
    cited_right: bool
    engine: str
    model: str = ""
    embedding: str = ""

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


def judged(
    *, question: str, expected: Sequence[Mapping[str, Any]], found: Sequence[Spot], cited: Sequence[Spot], engine: str
) -> Outcome:
    """``cited`` is empty where the answer was that nothing is known."""
    answerable = bool(expected)
    rank = next((number for number, spot in enumerate(found[:DEPTH], 1) if is_expected(spot, expected)), 0)
    hit = any(is_expected(spot, expected) for spot in cited)
    return Outcome(question, answerable, rank, answerable == bool(cited), answerable and hit, engine)


def is_expected(spot: Spot, expected: Sequence[Mapping[str, Any]]) -> bool:
    return any(_matches(spot, place) for place in expected)


def _matches(spot: Spot, place: Mapping[str, Any]) -> bool:
    page = place.get("page")
    words = " ".join(str(place.get("words") or "").casefold().split())
    return (
        spot.document == place["document"]
        and (page is None or spot.page_from <= page <= spot.page_to)
        and words in " ".join(spot.text.casefold().split())
    )


def scores(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The mean of each score over the questions that it is about; 1 where there are none."""
    answerable = [one for one in outcomes if one.answerable]
    means = {
        "recall_at_5": [float(0 < one.rank <= RECALL_DEPTH) for one in answerable],
        "ndcg_at_10": [1 / math.log2(one.rank + 1) if one.rank else 0.0 for one in answerable],
        "answered_right": [float(one.answered_right) for one in outcomes],
        "cited_right": [float(one.cited_right) for one in answerable],
    }
    return {name: round(sum(values) / len(values), 4) if values else 1.0 for name, values in means.items()}


def fallen(now: Mapping[str, float], before: Mapping[str, float], *, tolerance: float) -> list[str]:
    """The scores that are worse than before by more than the tolerance."""
    return [name for name in SCORES if name in before and now[name] < before[name] - tolerance - 1e-9]
