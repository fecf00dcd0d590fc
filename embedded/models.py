"""Model files: built once from the installed wheel, whose hashes the builder verifies before it uses a byte."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from embedded.children import ROOT
from embedded.errors import SetupFailed

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
