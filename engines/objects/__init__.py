"""Stored files behind one port: a folder, or any S3 (same contract suite: tests/contracts/test_objects.py).

Keys are made by us and never come from a user: one to three segments of [a-z0-9-], the last at least 32 characters of
entropy (a uuid's hex, a sha256), so that nothing can be guessed, traversed or overwritten by a chosen name.
"""

import re
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Protocol, Self

from engines.errors import EngineError

KEY_PATTERN: Final = re.compile(r"(?:[a-z0-9-]{1,64}/){0,2}[a-z0-9-]{32,64}")


class ObjectError(EngineError):
    """A stored object could not be read or written."""

    code = "object_error"


class ObjectKeyInvalid(ObjectError):
    """The key is not one of ours: a mistake of the caller."""

    code = "object_key_invalid"
    permanent = True


class ObjectMissing(ObjectError):
    """Nothing is stored under this key."""

    code = "object_missing"
    permanent = True


class StorageFull(ObjectError):
    """The disk or the quota is full: it works again once there is room."""

    code = "storage_full"


class StorageUnavailable(ObjectError):
    """The store failed for a reason that is neither the key's nor the room's."""

    code = "storage_unavailable"


class StorageDenied(StorageUnavailable):
    """The store refuses our keys, or what we ask: nothing works until an administrator changes that."""

    code = "storage_denied"


def checked_key(key: str) -> str:
    """Return `key` if it is well formed. Raises ObjectKeyInvalid."""
    if not KEY_PATTERN.fullmatch(key):
        raise ObjectKeyInvalid(f"not a generated key: {key[:80]!r}")
    return key


class Draft(Protocol):
    """An object being written: invisible until `commit`, gone if the block ends without one."""

    @property
    def written(self) -> int:
        """Bytes written so far."""
        ...

    def write(self, chunk: bytes) -> int:
        """Append bytes. Raises StorageFull, StorageUnavailable."""
        ...

    def commit(self, key: str) -> int:
        """Make the bytes durable and visible under `key`, atomically; replaces what was there. Returns the size."""
        ...

    def discard(self) -> None:
        """Forget what was written. Does nothing after `commit`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ObjectStore(Protocol):
    """Where bytes live. Every method raises ObjectKeyInvalid on a malformed key and StorageUnavailable on failure."""

    def create(self) -> Draft:
        """Start a new object whose key need not be known yet (it may be the hash of what is written)."""
        ...

    def put(self, source: BinaryIO | Path, key: str) -> int:
        """Store a whole stream or file under `key`, read in pieces. Returns its size. Raises StorageFull."""
        ...

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        """Open for reading, limited to `length` bytes from `start`; not seekable. Raises ObjectMissing."""
        ...

    def size(self, key: str) -> int:
        """Size in bytes. Raises ObjectMissing."""
        ...

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> bool:
        """Delete; False when there was nothing, so that it can be repeated."""
        ...

    def local_path(self, key: str) -> AbstractContextManager[Path]:
        """A readable path for a reader that needs one, valid inside the block only. Raises ObjectMissing."""
        ...

    def sweep(self, older_than: timedelta) -> int:
        """Remove what writers that died left behind, when it is older than this. Returns how many."""
        ...

    def check(self) -> str:
        """Ask whether the store can be used, and say where it is. Raises StorageUnavailable, StorageDenied."""
        ...
