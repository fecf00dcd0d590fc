"""The search in memory on which `retrieval_weights` tries its variants weighs as the product's own does."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks._weighing import Weighing, grams, shares
from benchmarks.retrieval.weights import Weights
from engines.embeddings.fake import FakeEmbedder
from engines.text.tokens import TokenCounter


def test_grams_are_folded_runs_inside_words_whose_beginning_and_end_count():
    assert grams("L'été !") == [" l ", " ete", "ete "]


def test_a_chunk_with_none_of_the_words_has_no_share_and_a_rarer_word_counts_more():
    counts = [Counter({"cle": 1, "portail": 1}), Counter({"cle": 1}), Counter({"jardin": 2})]
    found = shares([{"cle": 1.0}, {"portail": 1.0}], counts)
    assert found[2] == 0
    assert 0 < found[1] < found[0] / 2


def test_a_word_scores_as_the_best_of_its_forms():
    counts = [Counter({"cle": 1}), Counter({"badge": 1}), Counter({"jardin": 1})]
    found = shares([{"cle": 1.0, "badge": 0.5}], counts)
    assert found[1] == pytest.approx(found[0] / 2)


@pytest.mark.slow
def test_only_what_is_weighed_otherwise_changes_what_is_found():
    tokenizer = Path(os.environ["MODELS_DIR"]) / "all-minilm-l6-v2" / "tokenizer.json"
    weighing = Weighing(FakeEmbedder(), TokenCounter(tokenizer))
    asked = [each for each in weighing.asked if each.question.kind == "direct"]
    words_alone = Weights(dense=(0.0, 0.0))
    by_words = np.mean([weighing.gain(each, words_alone) for each in asked])
    assert by_words > 0.8  # direct questions share words with their passages
    assert np.mean([weighing.gain(each, Weights(dense=(1.0, 1.0))) for each in asked]) < by_words
