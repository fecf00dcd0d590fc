"""The adapters that `test_objects.py` is run against. Another one is one more line in ADAPTERS."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from engines.objects import ObjectStore
from engines.objects.folder import FolderStore

Opener = Callable[[Path], AbstractContextManager[ObjectStore]]


@contextmanager
def _folder(scratch: Path) -> Iterator[ObjectStore]:
    yield FolderStore(scratch / "store")


ADAPTERS: dict[str, Opener] = {"folder": _folder}
