"""What each thing that search weighs buys: `./run bench retrieval_weights`. A record: there is nothing to pass.

Our 66 questions per language (benchmarks/retrieval), nDCG at 10 by chunk. Each candidate's value is chosen on one half
of the questions and reported on the other, then the other way round: "held out" is both. Two questions of a language
are 0.03. Contexts are switched off one by one instead, for there is nothing to choose.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from benchmarks._world import keep
from benchmarks.retrieval.corpus import LANGUAGES
from benchmarks.retrieval.weights import CONTEXTS, Weights
from engines.embeddings.http import HttpEmbedder
from engines.text.tokens import TokenCounter

if TYPE_CHECKING:
    from benchmarks._weighing import Weighing

PRODUCT = Weights()
STEPS = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7]
CANDIDATES: dict[str, list[Weights]] = {
    "character n-grams": [replace(PRODUCT, grams=share) for share in (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)],
    "own language": [replace(PRODUCT, own_language=more) for more in (0.0, 0.02, 0.05, 0.1, 0.2, 0.3)],
    "share of the vectors": [replace(PRODUCT, dense=(share, share)) for share in STEPS],
    "share of the vectors by language": [replace(PRODUCT, dense=(fr, en)) for fr in STEPS for en in STEPS],
    "headings among the words": [replace(PRODUCT, with_words=each) for each in ("title", "title and heading")],
}


def main() -> int:
    django.setup()
    from benchmarks._weighing import Weighing

    tokens = TokenCounter(Path(os.environ["MODELS_DIR"]) / "all-minilm-l6-v2" / "tokenizer.json")
    with HttpEmbedder(os.environ["EMBEDDINGS_URL"], token=os.environ["INFERENCE_TOKEN"], timeout=120) as embedder:
        return keep("retrieval_weights", _measured(Weighing(embedder, tokens)))


def _measured(weighing: Weighing) -> dict[str, Any]:
    def mean(weights: Weights, rows: Sequence[int]) -> float:
        return sum(weighing.gain(weighing.asked[row], weights) for row in rows) / len(rows)

    everything = range(len(weighing.asked))
    contexts = {
        f"before windows: {windows}; with words: {words}": _by_language(
            weighing, partial(mean, replace(PRODUCT, before_windows=windows, with_words=words))
        )
        for windows in CONTEXTS
        for words in CONTEXTS
    }
    return {
        "questions": len(everything),
        "the_product": _by_language(weighing, partial(mean, PRODUCT)),
        "contexts": contexts,
        "candidates": {name: _held_out(weighing, tried, mean) for name, tried in CANDIDATES.items()},
        "passed": True,
    }


def _by_language(weighing: Weighing, figure: Callable[[Sequence[int]], float]) -> dict[str, float]:
    return {language: round(figure(_rows(weighing, language)), 3) for language in LANGUAGES}


def _rows(weighing: Weighing, language: str) -> list[int]:
    return [row for row, asked in enumerate(weighing.asked) if asked.question.language == language]


def _held_out(
    weighing: Weighing, tried: Sequence[Weights], mean: Callable[[Weights, Sequence[int]], float]
) -> dict[str, Any]:
    """The mean over questions that had no say in the choice, and what was chosen on either half."""
    halves = [[row for language in LANGUAGES for row in _rows(weighing, language)[half::2]] for half in (0, 1)]
    chosen = [max(tried, key=lambda weights, half=half: mean(weights, half)) for half in halves]
    unseen = {row: chosen[1 - half] for half, rows in enumerate(halves) for row in rows}

    def figure(rows: Sequence[int]) -> float:
        return sum(weighing.gain(weighing.asked[row], unseen[row]) for row in rows) / len(rows)

    return {
        "chosen": [_different(weights) for weights in chosen],
        "held_out": _by_language(weighing, figure),
        "gain": {
            language: round(figure(_rows(weighing, language)) - mean(PRODUCT, _rows(weighing, language)), 3)
            for language in LANGUAGES
        },
    }


def _different(weights: Weights) -> dict[str, Any]:
    """What is not as in the product."""
    return {name: value for name, value in vars(weights).items() if value != getattr(PRODUCT, name)}


if __name__ == "__main__":
    sys.exit(main())
