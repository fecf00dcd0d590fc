"""The built graph gives what a BERT encoder with mean pooling gives, written out here in plain numpy."""

from __future__ import annotations

import json
from math import erf
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from engines.embeddings.onnx_graph import InvalidWeights, build_graph, quantize, read_safetensors, read_shape

HIDDEN, LAYERS, HEADS, WIDE, WORDS, POSITIONS = 32, 2, 4, 64, 50, 24
EPSILON = 1e-12


def tensor_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (WORDS, HIDDEN),
        "embeddings.position_embeddings.weight": (POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "embeddings.LayerNorm.bias": (HIDDEN,),
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        dense = {f"attention.self.{part}": (HIDDEN, HIDDEN) for part in ("query", "key", "value")}
        dense |= {"attention.output.dense": (HIDDEN, HIDDEN)}
        dense |= {"intermediate.dense": (WIDE, HIDDEN), "output.dense": (HIDDEN, WIDE)}
        for name, shape in dense.items():
            shapes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
        for block in ("attention.output", "output"):
            shapes |= {f"{layer}.{block}.LayerNorm.{part}": (HIDDEN,) for part in ("weight", "bias")}
    return shapes


def write_model(directory: Path) -> dict[str, np.ndarray]:
    random = np.random.default_rng(20)
    weights = {name: random.normal(0, 0.3, shape).astype("<f4") for name, shape in tensor_shapes().items()}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, values in weights.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(values.shape),
            "data_offsets": [len(body), len(body) + values.nbytes],
        }
        body += values.tobytes()
    ids = np.arange(POSITIONS, dtype="<i8")
    header["embeddings.position_ids"] = {
        "dtype": "I64",
        "shape": [1, POSITIONS],
        "data_offsets": [len(body), len(body) + ids.nbytes],
    }
    body += ids.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (directory / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "max_position_embeddings": POSITIONS,
        "layer_norm_eps": EPSILON,
    }
    (directory / "config.json").write_text(json.dumps(config))
    return weights


def reference(weights: dict[str, np.ndarray], ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    def dense(name, values):
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name, values):
        centred = values - values.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def split(values):
        return values.reshape(*ids.shape, HEADS, HIDDEN // HEADS).transpose(0, 2, 1, 3)

    gelu = np.vectorize(lambda x: x * 0.5 * (1 + erf(x / np.sqrt(2))))
    tokens = weights["embeddings.word_embeddings.weight"][ids]
    tokens = tokens + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    tokens = norm("embeddings.LayerNorm", tokens + weights["embeddings.token_type_embeddings.weight"][0])
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, value = (split(dense(f"{layer}.attention.self.{p}", tokens)) for p in ("query", "key", "value"))
        scores = query @ key.swapaxes(-1, -2) / np.sqrt(HIDDEN // HEADS)
        scores = np.exp(np.where(mask[:, None, None, :] == 1, scores, -1e9))
        attended = (scores / scores.sum(-1, keepdims=True)) @ value
        attended = attended.transpose(0, 2, 1, 3).reshape(*ids.shape, HIDDEN)
        tokens = norm(
            f"{layer}.attention.output.LayerNorm", dense(f"{layer}.attention.output.dense", attended) + tokens
        )
        wide = gelu(dense(f"{layer}.intermediate.dense", tokens))
        tokens = norm(f"{layer}.output.LayerNorm", dense(f"{layer}.output.dense", wide) + tokens)
    mean = (tokens * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def batch() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    ids = random.integers(1, WORDS, (3, 17))
    mask = np.ones_like(ids)
    mask[1, 9:] = 0
    mask[2, 1:] = 0
    return ids, mask


def run(path: Path, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0])


def build(directory: Path) -> Path:
    path = directory / "model.onnx"
    graph = build_graph(read_safetensors(directory / "model.safetensors"), read_shape(directory / "config.json"))
    onnx.save(graph, path)
    return path


def test_the_graph_equals_the_written_out_encoder(tmp_path):
    weights = write_model(tmp_path)
    ids, mask = batch()
    assert np.abs(run(build(tmp_path), ids, mask) - reference(weights, ids, mask)).max() < 1e-5


def test_padding_changes_no_vector(tmp_path):
    write_model(tmp_path)
    path = build(tmp_path)
    ids, mask = batch()
    alone = run(path, ids[1:2, :9], mask[1:2, :9])
    assert np.abs(run(path, ids, mask)[1] - alone[0]).max() < 1e-5


def test_the_int8_variant_is_smaller_and_points_the_same_way(tmp_path):
    weights = write_model(tmp_path)
    path = build(tmp_path)
    quantize(path, tmp_path / "int8.onnx")
    ids, mask = batch()
    cosines = (run(tmp_path / "int8.onnx", ids, mask) * reference(weights, ids, mask)).sum(1)
    assert cosines.min() > 0.97
    assert (tmp_path / "int8.onnx").stat().st_size < path.stat().st_size


def test_a_missing_tensor_is_named(tmp_path):
    weights = write_model(tmp_path)
    del weights["encoder.layer.1.output.dense.bias"]
    with pytest.raises(InvalidWeights, match=r"encoder\.layer\.1\.output\.dense\.bias"):
        build_graph(weights, read_shape(tmp_path / "config.json"))


def test_another_architecture_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5", "hidden_act": "relu"}))
    with pytest.raises(InvalidWeights, match="only BERT"):
        read_shape(tmp_path / "config.json")


def test_a_config_without_its_sizes_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_act": "gelu"}))
    with pytest.raises(InvalidWeights, match="hidden_size"):
        read_shape(tmp_path / "config.json")


def test_a_header_longer_than_the_file_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes((1 << 40).to_bytes(8, "little") + b"{}")
    with pytest.raises(InvalidWeights, match="longer than the file"):
        read_safetensors(tmp_path / "model.safetensors")
