"""Model files: a pinned catalogue, fetching them whole or not at all, proving that they are what they were."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """`path`: inside the model's directory, and below its revision at the source. `sha256` '' when none is known."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """`memory_gb`, `gpu_gb`: what it takes while it runs. `on`: processor, gpu. `reads`: the setting that uses it."""

    name: str
    purpose: str
    title: str
    licence: str
    source: str
    revision: str
    memory_gb: float
    gpu_gb: float
    on: tuple[str, ...]
    reads: str
    files: tuple[ModelFile, ...]

    @cached_property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def url(self, file: ModelFile, mirror: str = "") -> str:
        """`mirror` replaces the scheme and host of the source, for a copy of the hub inside a company."""
        host, _, path = self.source.removeprefix("https://").partition("/")
        return f"{mirror.rstrip('/') or f'https://{host}'}/{path}/resolve/{self.revision}/{file.path}"


@lru_cache(maxsize=1)
def catalogue() -> tuple[Model, ...]:
    return read_catalogue(CATALOGUE)


def read_catalogue(path: Path) -> tuple[Model, ...]:
    """Raises ValueError for a file that would leave its model's directory, or a name given twice."""
    models = tuple(_model(entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["model"])
    if len({model.name for model in models}) != len(models):
        raise ValueError("a name is given twice")
    return models


def _model(entry: dict[str, Any]) -> Model:
    files = tuple(ModelFile(**file) for file in entry["files"])
    for path in (PurePosixPath(entry["name"]), *(PurePosixPath(file.path) for file in files)):
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"{path} leaves the models' directory")
    return Model(**entry | {"files": files, "on": tuple(entry["on"])})
