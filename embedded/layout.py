"""Where things are inside a data directory (`--data`, by default `var/`)."""

import os
from dataclasses import dataclass
from pathlib import Path

# As root the database runs under another account, which must be able to walk through the data directory.
_WALKABLE = 0o711
_PRIVATE = 0o700


@dataclass(frozen=True)
class Layout:
    root: Path

    @classmethod
    def at(cls, root: Path) -> "Layout":
        return cls(root.resolve())

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Lock, process list and ports of what is running."""
        return self.root / "run"

    def create(self) -> "Layout":
        """Make the directories that are missing; modes of existing ones are left as the operator set them."""
        walkable = _WALKABLE if os.geteuid() == 0 else _PRIVATE
        make_directory(self.root, walkable)
        make_directory(self.postgres, walkable)
        for private in (self.secrets, self.valkey, self.objects, self.models, self.logs, self.run):
            make_directory(private, _PRIVATE)
        return self


def make_directory(path: Path, mode: int) -> None:
    if path.is_dir():
        return
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
