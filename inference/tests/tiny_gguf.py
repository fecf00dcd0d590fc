"""A language model of two layers with random weights: it says nonsense, through all of llama.cpp."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

_WIDTH, _LAYERS, _HEADS, _CONTEXT = 64, 2, 4, 4096
_TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "


def write_tiny_gguf(path: Path, *, seed: int = 0) -> Path:
    """About 520 KB. Its vocabulary is every byte and every printable ASCII character."""
    writer = gguf.GGUFWriter(str(path), "llama")
    pieces = _vocabulary(writer)
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(2 * _WIDTH)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_vocab_size(pieces)
    writer.add_chat_template(_TEMPLATE)
    _weights(writer, np.random.default_rng(seed), pieces)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary(writer: gguf.GGUFWriter) -> int:
    kinds = gguf.TokenType
    pieces = [("<unk>", kinds.UNKNOWN), ("<s>", kinds.CONTROL), ("</s>", kinds.CONTROL)]
    pieces += [(f"<0x{byte:02X}>", kinds.BYTE) for byte in range(256)]
    pieces += [("▁" if code == ord(" ") else chr(code), kinds.NORMAL) for code in range(32, 127)]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _ in pieces])
    writer.add_token_types([kind for _, kind in pieces])
    writer.add_token_scores([-1.0 if kind is kinds.NORMAL else 0.0 for _, kind in pieces])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_space_prefix(False)
    return len(pieces)


def _weights(writer: gguf.GGUFWriter, random: np.random.Generator, pieces: int) -> None:
    def matrix(name: str, *shape: int) -> None:
        writer.add_tensor(f"{name}.weight", (random.standard_normal(shape) * 0.2).astype(np.float32))

    def norm(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(_WIDTH, np.float32))

    matrix("token_embd", pieces, _WIDTH)
    norm("output_norm")
    matrix("output", pieces, _WIDTH)
    for layer in range(_LAYERS):
        norm(f"blk.{layer}.attn_norm")
        norm(f"blk.{layer}.ffn_norm")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"blk.{layer}.{name}", _WIDTH, _WIDTH)
        matrix(f"blk.{layer}.ffn_gate", 2 * _WIDTH, _WIDTH)
        matrix(f"blk.{layer}.ffn_up", 2 * _WIDTH, _WIDTH)
        matrix(f"blk.{layer}.ffn_down", _WIDTH, 2 * _WIDTH)
