"""Model files: built once from the installed wheel, whose hashes the builder verifies before it uses a byte."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from embedded.children import ROOT
from embedded.errors import SetupFailed
from engines.embeddings.model_files import CARD, read_card
from engines.errors import EngineError

EMBEDDINGS = "all-minilm-l6-v2"


def is_built(models: Path) -> bool:
    return (models / EMBEDDINGS / CARD).is_file()


def ensure_models(models: Path, environment: Mapping[str, str]) -> None:
    """Raises SetupFailed. The builder puts the whole directory in place or nothing."""
    if is_built(models):
        return
    command = [sys.executable, "-m", "inference.embeddings.build", "--target", str(models / EMBEDDINGS)]
    outcome = subprocess.run(command, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise SetupFailed(f"building the embedding model failed: {' | '.join(outcome.stderr.splitlines()[-3:])}")


def verify_models(models: Path) -> str:
    """What is wrong with the built files, or an empty text."""
    if not is_built(models):
        return "not built yet; `./run up` builds them"
    try:
        read_card(models / EMBEDDINGS)
    except EngineError as error:
        return f"{error}; remove {models / EMBEDDINGS} and start again"
    return ""
