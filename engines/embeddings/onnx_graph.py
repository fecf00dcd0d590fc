"""Builds the ONNX graph of a BERT sentence encoder straight from its safetensors, without torch.

The graph takes word pieces and gives sentence vectors: mean pooling over the attention mask and the L2 norm are
inside, as sentence-transformers computes them. It uses onnxruntime's fused operators (com.microsoft Attention,
SkipLayerNormalization, BiasGelu), faster on CPU than the plain ones and equal to 1e-6.

Inputs `input_ids` and `attention_mask`: int64 (batch, tokens). Output `embedding`: float32 (batch, hidden), length 1.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

Weights = dict[str, npt.NDArray[np.float32]]

_FUSED = "com.microsoft"
# The safetensors library's own limit.
_LARGEST_HEADER = 100_000_000


class InvalidWeights(ValueError):
    """The model's files are not those of a float32 BERT encoder with mean pooling."""


@dataclass(frozen=True, slots=True)
class BertShape:
    hidden: int
    layers: int
    heads: int
    positions: int
    epsilon: float


def read_shape(config: Path) -> BertShape:
    """Read a Hugging Face `config.json`. Raises InvalidWeights for another architecture than BERT with exact GELU."""
    fields = json.loads(config.read_text(encoding="utf-8"))
    if fields.get("model_type") != "bert" or fields.get("hidden_act") != "gelu":
        raise InvalidWeights(f"{config.name}: only BERT encoders with the gelu activation can be built")
    try:
        return BertShape(
            hidden=int(fields["hidden_size"]),
            layers=int(fields["num_hidden_layers"]),
            heads=int(fields["num_attention_heads"]),
            positions=int(fields["max_position_embeddings"]),
            epsilon=float(fields["layer_norm_eps"]),
        )
    except KeyError as missing:
        raise InvalidWeights(f"{config.name}: {missing} is missing") from missing


def read_safetensors(path: Path) -> Weights:
    """Read the float32 tensors of a safetensors file: 8 bytes of header length, a JSON header, then the raw tensors.

    Format: https://github.com/huggingface/safetensors#format. Tensors of other types (position ids) are left out.
    """
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    header_size = int.from_bytes(raw[:8].tobytes(), "little")
    if header_size > min(_LARGEST_HEADER, raw.size - 8):
        raise InvalidWeights(f"{path.name}: the header is longer than the file")
    header = json.loads(raw[8 : 8 + header_size].tobytes())
    body = raw[8 + header_size :]
    return {
        name: body[slice(*tensor["data_offsets"])].view("<f4").reshape(tensor["shape"])
        for name, tensor in header.items()
        if name != "__metadata__" and tensor["dtype"] == "F32"
    }


def build_graph(weights: Weights, shape: BertShape) -> ModelProto:
    """Return the fp32 graph. Raises InvalidWeights if a tensor is missing."""
    graph = _Graph(weights)
    tokens = _embed_tokens(graph, shape)
    mask = graph.add("Cast", ["attention_mask"], to=TensorProto.INT32)
    for layer in range(shape.layers):
        tokens = _encode(graph, shape, f"encoder.layer.{layer}", tokens, mask)
    _pool(graph, tokens)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", shape.hidden])
    proto = helper.make_graph(graph.nodes, "sentence_encoder", inputs, [output], graph.tensors)
    model = helper.make_model(
        proto, ir_version=10, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
    )
    checker.check_model(model)
    return model


def quantize(source: Path, target: Path) -> None:
    """Write the int8 variant of a graph: weights per channel, activations at run time. A quarter of the size."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(
        logging.ERROR
    )  # it warns, through the root logger, of a pre-processing that these fused operators refuse
    try:
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul", "Attention", "Gather"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},  # shape inference stops at the fused operators
        )
    finally:
        root.setLevel(level)


class _Graph:
    """Nodes and constants in the order they are needed; each node's output is named after its position."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[NodeProto] = []
        self.tensors: list[TensorProto] = []

    def weight(self, name: str) -> npt.NDArray[np.float32]:
        try:
            return self._weights[name]
        except KeyError as missing:
            raise InvalidWeights(f"the tensor {name} is missing") from missing

    def constant(self, name: str, values: npt.NDArray) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def stored(self, name: str, *, transposed: bool = False) -> str:
        values = self.weight(name)
        return self.constant(name, values.T if transposed else values)

    def add(self, operator: str, inputs: list[str], *, domain: str = "", to_output: str = "", **attributes: Any) -> str:
        output = to_output or f"{operator}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, inputs, [output], name=f"node_{output}", domain=domain, **attributes)
        )
        return output


def _embed_tokens(graph: _Graph, shape: BertShape) -> str:
    words = graph.add("Gather", [graph.stored("embeddings.word_embeddings.weight"), "input_ids"])
    # A sentence alone is always of type 0: its vector is added to every position once, here.
    positions = (
        graph.weight("embeddings.position_embeddings.weight")
        + graph.weight("embeddings.token_type_embeddings.weight")[0]
    )
    table = graph.constant("positions", positions)
    length = graph.add("Shape", ["input_ids"], start=1, end=2)
    zero = graph.constant("zero", np.zeros(1, dtype=np.int64))
    summed = graph.add("Add", [words, graph.add("Slice", [table, zero, length, zero])])
    scale, bias = (graph.stored(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias"))
    return graph.add("LayerNormalization", [summed, scale, bias], axis=-1, epsilon=shape.epsilon)


def _encode(graph: _Graph, shape: BertShape, layer: str, tokens: str, mask: str) -> str:
    own = f"{layer}.attention.self"
    projections = [graph.weight(f"{own}.{part}.weight").T for part in ("query", "key", "value")]
    biases = [graph.weight(f"{own}.{part}.bias") for part in ("query", "key", "value")]
    weight = graph.constant(f"{own}.weight", np.concatenate(projections, axis=1))
    bias = graph.constant(f"{own}.bias", np.concatenate(biases))
    attended = graph.add("Attention", [tokens, weight, bias, mask], domain=_FUSED, num_heads=shape.heads)
    tokens = _add_and_norm(graph, shape, f"{layer}.attention.output", attended, tokens)
    inner = f"{layer}.intermediate.dense"
    wide = graph.add("MatMul", [tokens, graph.stored(f"{inner}.weight", transposed=True)])
    active = graph.add("BiasGelu", [wide, graph.stored(f"{inner}.bias")], domain=_FUSED)
    return _add_and_norm(graph, shape, f"{layer}.output", active, tokens)


def _add_and_norm(graph: _Graph, shape: BertShape, block: str, values: str, residual: str) -> str:
    dense = graph.add("MatMul", [values, graph.stored(f"{block}.dense.weight", transposed=True)])
    scale, shift = (graph.stored(f"{block}.LayerNorm.{part}") for part in ("weight", "bias"))
    bias = graph.stored(f"{block}.dense.bias")
    inputs = [dense, residual, scale, shift, bias]
    return graph.add("SkipLayerNormalization", inputs, domain=_FUSED, epsilon=shape.epsilon)


def _pool(graph: _Graph, tokens: str) -> None:
    last = graph.constant("last_axis", np.array([2], dtype=np.int64))
    middle = graph.constant("token_axis", np.array([1], dtype=np.int64))
    least = graph.constant("least", np.array(1e-9, dtype=np.float32))
    mask = graph.add("Unsqueeze", [graph.add("Cast", ["attention_mask"], to=TensorProto.FLOAT), last])
    total = graph.add("ReduceSum", [graph.add("Mul", [tokens, mask]), middle], keepdims=0)
    count = graph.add("Max", [graph.add("ReduceSum", [mask, middle], keepdims=0), least])
    mean = graph.add("Div", [total, count])
    norm = graph.add("ReduceL2", [mean, middle], keepdims=1)
    graph.add("Div", [mean, graph.add("Max", [norm, least])], to_output="embedding")
