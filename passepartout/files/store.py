"""The object store of this installation."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from engines.objects import ObjectStore
from engines.objects.folder import FolderStore


def object_store() -> ObjectStore:
    return _folder(Path(settings.OBJECTS_DIR))


@lru_cache(maxsize=8)
def _folder(root: Path) -> FolderStore:
    return FolderStore(root)
