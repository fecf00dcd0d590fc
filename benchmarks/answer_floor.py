"""Fits the weights and floors of the extractive answerer, and says how often it is right.

    python -m benchmarks.answer_floor --model DIR

`--model` is a directory made by `inference.embeddings.build`. For each pair of languages (question, document): a
logistic regression over the candidate sentences of the labelled questions (`answer_cases`), and the lowest floor at
which nine answers in ten are right. Then whole answers, where documents of both languages may compete; all of it by
five-fold cross-validation over the questions. Also compares how many sentences are embedded. Prints the values for
engines/text/extractive.py and writes benchmarks/results/answer-floor-DATE.json.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.answer_cases import cases, libraries
from engines.embeddings.local import LocalEmbedder
from engines.embeddings.model_files import TOKENIZER
from engines.text.evidence import Candidate, Evidence, Features
from engines.text.extractive import EMBEDDED_SENTENCES, MOST_QUOTES
from engines.text.tests.labelled import Case
from engines.text.tokens import TokenCounter

Floats = npt.NDArray[np.float64]

Pair = tuple[str, str]

PRECISION = 0.9
FOLDS = 5
RIDGE = 0.3
CANDIDATES = 15
NEARLY_AS_GOOD = 0.8
PAIRS: tuple[Pair, ...] = (("fr", "fr"), ("fr", "en"), ("en", "en"), ("en", "fr"))
WITH_COSINE: frozenset[Pair] = frozenset({("en", "en")})


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's sentences in one language, most promising first: `features` (n, 3) are words, kind and cosine,
    `answers` (n,) is 1 for a right one.
    """

    case: Case
    features: Floats
    answers: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """The probabilities of what one language could say, the best first, and which are right."""

    case: Case
    probabilities: Floats
    right: Floats

    @property
    def best(self) -> float:
        return float(self.probabilities[0]) if len(self.probabilities) else 0.0

    def quoted_right(self) -> bool:
        quoted = self.probabilities >= NEARLY_AS_GOOD * self.best
        return bool(self.right[quoted][:MOST_QUOTES].any())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    model = parser.parse_args().model
    embedder = LocalEmbedder(model)
    judged = judge_all(embedder, TokenCounter(model / TOKENIZER))
    embedded = {count: compared(judged, count) for count in (0, 1, 3, 5, 8, 15)}
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "model": embedder.model.identifier,
        "fitted": fitted(judged, cosine=WITH_COSINE),
        "fitted on words alone": fitted(judged, cosine=frozenset()),
        "answers by embedded sentences": embedded,
    }
    written = json.dumps(report, indent=1)
    (Path(__file__).parent / "results" / f"answer-floor-{report['date']}.json").write_text(written + "\n", "utf-8")
    print(written)


def judge_all(embedder: LocalEmbedder, tokens: TokenCounter) -> dict[Pair, list[Judged]]:
    library = libraries(embedder.embed, tokens)
    judged: dict[Pair, list[Judged]] = {pair: [] for pair in PAIRS}
    for case in cases():
        passages = library[case.collection].passages(case.question, case.language)
        found = Evidence(case.question, case.language, passages).featured()
        for language in {passage.language for passage in passages}:
            these = [each for each in found if each[0].passage.language == language][:CANDIDATES]
            judged[case.language, language].append(judge(case, these, embedder))
    return judged


def judge(case: Case, found: Sequence[tuple[Candidate, Features]], embedder: LocalEmbedder) -> Judged:
    vectors = embedder.embed([case.question, *(candidate.text for candidate, _ in found)])
    cosines = np.asarray(vectors[1:] @ vectors[0], dtype=float).tolist()
    rows = [[each.words, each.kind, cosine] for (_, each), cosine in zip(found, cosines, strict=True)]
    answers = [case.is_answered(candidate.passage.document_id, candidate.text) for candidate, _ in found]
    return Judged(case, np.array(rows, dtype=float).reshape(-1, 3), np.array(answers, dtype=float))


def fitted(judged: dict[Pair, list[Judged]], *, cosine: frozenset[Pair], count: int = EMBEDDED_SENTENCES) -> Any:
    """What to write into `extractive`, and how good the whole is."""
    outcomes, weights = {}, {}
    for pair, these in judged.items():
        columns, most = ([0, 1, 2], count) if pair in cosine else ([0, 1], CANDIDATES)
        outcomes[pair] = cross_validated(these, columns, most)
        fit = regression(these, columns, most).round(2).tolist()
        weights[pair] = dict(zip(["bias", "words", "kind", "cosine"], fit, strict=False))
    floors = {
        pair: lowest_floor([each for each in these if competes(each.case, pair)]) for pair, these in outcomes.items()
    }
    return {
        "weights": {"-".join(pair): weights[pair] | {"floor": floors[pair]} for pair in PAIRS},
        "answers": answered(outcomes, floors),
        "right by kind": by_kind(outcomes, floors),
    }


def compared(judged: dict[Pair, list[Judged]], count: int) -> Any:
    """Whole answers when `count` sentences are embedded, whatever the languages; 0 is words alone."""
    return fitted(judged, cosine=frozenset(PAIRS if count else ()), count=count)["answers"]


def cross_validated(judged: Sequence[Judged], columns: list[int], most: int) -> list[Outcome]:
    """A question is in one fold, whichever documents it is asked of."""
    questions = sorted({each.case.question for each in judged})
    random.Random(1).shuffle(questions)
    fold = {question: number % FOLDS for number, question in enumerate(questions)}
    found = []
    for number in range(FOLDS):
        weights = regression([each for each in judged if fold[each.case.question] != number], columns, most)
        found += [outcome(each, weights, columns, most) for each in judged if fold[each.case.question] == number]
    return found


def regression(judged: Sequence[Judged], columns: list[int], most: int) -> Floats:
    """Logistic regression with a small ridge, by Newton's method. Returns the bias, then a weight per column."""
    features = np.vstack([each.features[:most, columns] for each in judged])
    answers = np.concatenate([each.answers[:most] for each in judged])
    inputs = np.column_stack([np.ones(len(features)), features])
    ridge = np.diag([0.0, *[RIDGE] * len(columns)])
    weights = np.zeros(inputs.shape[1])
    for _ in range(30):
        expected = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (answers - expected) - ridge @ weights
        curvature = (inputs.T * (expected * (1 - expected))) @ inputs + ridge
        weights = weights + np.linalg.solve(curvature, slope)
    return np.asarray(weights, dtype=float)


def outcome(judged: Judged, weights: Floats, columns: list[int], most: int) -> Outcome:
    scores = 1 / (1 + np.exp(-(weights[0] + judged.features[:most, columns] @ weights[1:])))
    order = np.argsort(-scores)
    return Outcome(judged.case, scores[order], judged.answers[:most][order])


def competes(case: Case, pair: Pair) -> bool:
    """What the question's own language answers, the other does not have to."""
    return not case.answers or case.direction == "-".join(pair)


def lowest_floor(outcomes: Sequence[Outcome]) -> float:
    """The floor at which most is answered while PRECISION of what is said is right. 1 if there is none."""
    best, most = 1.0, 0
    for floor in np.arange(0.05, 0.95, 0.01).round(2).tolist():
        right = [each.quoted_right() for each in outcomes if each.best >= floor]
        if right and sum(right) / len(right) >= PRECISION and sum(right) > most:
            best, most = floor, sum(right)
    return best


def answered(outcomes: dict[Pair, list[Outcome]], floors: dict[Pair, float]) -> dict[str, dict[str, float]]:
    """Per direction: of what was said, how much is right; of what could be, how much was said; of what could not, how
    much was refused.
    """
    said: dict[Case, list[Outcome]] = {}
    for pair in sorted(PAIRS, key=lambda pair: pair[0] != pair[1]):
        for each in outcomes[pair]:
            given = said.setdefault(each.case, [])
            if each.best >= floors[pair] and not given:
                given.append(each)
    found: dict[str, dict[str, float]] = {}
    for direction in map("-".join, PAIRS):
        of = {case: answers for case, answers in said.items() if case.direction == direction}
        right = sum(any(each.quoted_right() for each in answers) for answers in of.values())
        answers_given = sum(bool(answers) for answers in of.values())
        answerable = sum(bool(case.answers) for case in of)
        refused = sum(not answers for case, answers in of.items() if not case.answers)
        found[direction] = {
            "answerable": answerable,
            "unanswerable": len(of) - answerable,
            "precision": round(right / max(answers_given, 1), 3),
            "recall": round(right / answerable, 3),
            "refused": round(refused / (len(of) - answerable), 3),
        }
    return found


def by_kind(outcomes: dict[Pair, list[Outcome]], floors: dict[Pair, float]) -> dict[str, str]:
    """How many of each set of questions get a right answer."""
    found: dict[str, list[bool]] = {}
    for pair, these in outcomes.items():
        for each in these:
            if each.case.answers and each.case.direction == "-".join(pair):
                right = each.best >= floors[pair] and each.quoted_right()
                found.setdefault(f"{each.case.direction} {each.case.kind}", []).append(right)
    return {kind: f"{sum(right)}/{len(right)}" for kind, right in found.items()}


if __name__ == "__main__":
    main()
