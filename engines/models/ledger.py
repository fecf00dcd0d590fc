"""models.lock.json beside the models: what every fetched file was, so that it can never change unnoticed.

For a file without a hash in the catalogue this is trust on first use: the first download is believed, later ones must
equal it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engines.models import Model, ModelFile, catalogue

NAME = "models.lock.json"
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """`first_use`: nobody vouched for the hash when it was recorded."""

    sha256: str
    size: int
    url: str
    fetched_at: str
    first_use: bool


class Ledger:
    """One file, replaced whole at every change. Not for two processes writing at once."""

    def __init__(self, models: Path) -> None:
        self._path = models / NAME

    def entry(self, model: Model, file: ModelFile) -> Entry | None:
        found = self._read().get(_key(model, file))
        return Entry(**found) if found else None

    def expected(self, model: Model, file: ModelFile) -> str:
        """The hash the file must have: the catalogue's, else the one of the first time, else ''."""
        entry = self.entry(model, file)
        return file.sha256 or (entry.sha256 if entry else "")

    def record(self, model: Model, file: ModelFile, entry: Entry) -> None:
        entries = self._read() | {_key(model, file): asdict(entry)}
        draft = self._path.with_name(f".{NAME}.draft")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(entries, stream, indent=1, sort_keys=True)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self._path)

    def _read(self) -> dict[str, dict[str, Any]]:
        return json.loads(self._path.read_text(encoding="utf-8")) if self._path.is_file() else {}


def recorded_sha256(models: Path, path: Path) -> str:
    """What a fetched file of the catalogue was when it came; '' for any other."""
    for model in catalogue():
        for file in model.files:
            entry = Ledger(models).entry(model, file) if path == models / model.name / file.path else None
            if entry:
                return entry.sha256
    return ""


def _key(model: Model, file: ModelFile) -> str:
    return f"{model.name}@{model.revision}/{file.path}"


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
