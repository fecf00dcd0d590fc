"""Whether the files of a model are there and unaltered: every byte is read."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Literal

from engines.models import Model, ModelFile, catalogue
from engines.models.ledger import Ledger, sha256_of

State = Literal["ok", "first use", "unknown", "altered", "missing"]


def verify(model: Model, models: Path) -> dict[str, State]:
    """By path. `first use`: as it was the first time, which nobody vouched for; `unknown`: never recorded."""
    return {file.path: _state(model, file, models) for file in model.files}


def is_fetched(model: Model, models: Path) -> bool:
    """Every file is there with its size; says nothing about its content."""
    paths = {models / model.name / file.path: file for file in model.files}
    return all(path.is_file() and path.stat().st_size == file.size for path, file in paths.items())


def is_altered(path: Path) -> bool:
    """Whether a file that lies where `fetch` puts one of the catalogue is not the one that is pinned (or that was the
    first to be fetched): every byte is read. False for a file of the operator's own.
    """
    for model in catalogue():
        for file in model.files:
            place = PurePosixPath(model.name, file.path).parts
            if path.parts[-len(place) :] == place:
                return _state(model, file, path.parents[len(place) - 1]) == "altered"
    return False


def _state(model: Model, file: ModelFile, models: Path) -> State:
    path = models / model.name / file.path
    if not path.is_file():
        return "missing"
    expected = Ledger(models).expected(model, file)
    if not expected:
        return "unknown"
    if path.stat().st_size != file.size or sha256_of(path) != expected:
        return "altered"
    return "ok" if file.sha256 else "first use"
