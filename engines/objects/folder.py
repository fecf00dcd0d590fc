"""Objects as files under one folder: `objects/ab/cd/<key>`, written in `drafts/` and renamed when they are durable.

The two levels come from a hash of the key, because keys may begin alike (a uuid7 begins with the time). A commit is
fsync, rename, fsync of the directory: after a power cut the object is whole or absent.
"""

import errno
import hashlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from engines.objects import Draft, ObjectError, ObjectMissing, StorageFull, StorageUnavailable, checked_key

_DIRECTORY_MODE: Final = 0o700
_PIECE_BYTES: Final = 1 << 20
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class FolderStore:
    """An ObjectStore on a local or mounted file system; safe for any number of processes."""

    def __init__(self, root: Path) -> None:
        """Make the folder if absent, readable by its owner only. Raises StorageFull, StorageUnavailable."""
        self._objects = root / "objects"
        self._drafts = root / "drafts"
        with disk_errors():
            for folder in (root, self._objects, self._drafts):
                folder.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)

    def create(self) -> Draft:
        with disk_errors():
            descriptor, name = tempfile.mkstemp(dir=self._drafts)  # mode 0600
        return _FolderDraft(self, descriptor, Path(name))

    def put(self, source: BinaryIO | Path, key: str) -> int:
        checked_key(key)
        if isinstance(source, Path):
            with source.open("rb") as opened:
                return self.put(opened, key)
        with self.create() as draft:
            while piece := source.read(_PIECE_BYTES):
                draft.write(piece)
            return draft.commit(key)

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        path = self._path(key)
        with disk_errors(key):
            file = path.open("rb", buffering=0)
            file.seek(start)
        return io.BufferedReader(_Range(file, length))

    def size(self, key: str) -> int:
        path = self._path(key)
        with disk_errors(key):
            return path.stat().st_size

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> bool:
        path = self._path(key)
        try:
            with disk_errors(key):
                path.unlink()
        except ObjectMissing:
            return False
        return True

    @contextmanager
    def local_path(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing(key)
        yield path

    def sweep(self, older_than: timedelta) -> int:
        oldest = time.time() - older_than.total_seconds()
        with disk_errors():
            return sum(_removed_if_before(oldest, draft) for draft in self._drafts.iterdir())

    def check(self) -> str:
        with disk_errors():
            if not os.access(self._drafts, os.W_OK | os.X_OK):
                raise StorageUnavailable(f"{self._drafts} cannot be written to")
            return f"folder {self._drafts.parent}, {free_bytes(self._drafts) / 1e9:.1f} GB free"

    def adopt(self, draft: Path, key: str) -> None:
        """Give a durable draft its key. For drafts of this store only."""
        path = self._path(key)
        self._make_parents(path.parent)
        draft.replace(path)
        _sync_directory(path.parent)

    def _path(self, key: str) -> Path:
        fan = hashlib.sha256(checked_key(key).encode()).hexdigest()
        return self._objects / fan[:2] / fan[2:4] / key.replace("/", ".")  # no key holds a dot

    def _make_parents(self, folder: Path) -> None:
        if folder.is_dir():
            return
        for made in (folder.parent, folder):
            made.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
            _sync_directory(made.parent)


class _FolderDraft:
    """A file in `drafts/`, unbuffered so that a full disk is known at the write that met it."""

    def __init__(self, store: FolderStore, descriptor: int, path: Path) -> None:
        self._store = store
        self._descriptor: int | None = descriptor
        self._path = path
        self._written = 0

    @property
    def written(self) -> int:
        return self._written

    def write(self, chunk: bytes) -> int:
        left = memoryview(chunk)
        with disk_errors():
            while left:
                count = os.write(self._open_descriptor(), left)
                left = left[count:]
                self._written += count
        return len(chunk)

    def commit(self, key: str) -> int:
        checked_key(key)
        try:
            with disk_errors():
                os.fsync(self._open_descriptor())
                self._close()
                self._store.adopt(self._path, key)
        except ObjectError:
            self._remove()
            raise
        return self._written

    def discard(self) -> None:
        if self._descriptor is not None:
            self._close()
            self._remove()

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError("this draft was committed or discarded")
        return self._descriptor

    def _close(self) -> None:
        descriptor, self._descriptor = self._open_descriptor(), None
        os.close(descriptor)

    def _remove(self) -> None:
        if self._descriptor is not None:
            self._close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


class _Range(io.RawIOBase):
    """The first `length` bytes from where a file stands; all of them when it is None."""

    def __init__(self, file: io.FileIO, length: int | None) -> None:
        super().__init__()
        self._file = file
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]  # the stub wants any Buffer
        room = memoryview(buffer)
        if self._left is not None:
            room = room[: self._left]
        count = self._file.readinto(room) or 0
        if self._left is not None:
            self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def free_bytes(root: Path) -> int:
    """Room left on the file system, for `doctor` and the upload limit."""
    return shutil.disk_usage(root).free


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _removed_if_before(oldest: float, draft: Path) -> bool:
    with suppress(FileNotFoundError):  # committed or swept by another meanwhile
        if draft.stat().st_mtime < oldest:
            draft.unlink()
            return True
    return False


@contextmanager
def disk_errors(key: str = "") -> Iterator[None]:
    """Raises StorageFull, StorageUnavailable, and ObjectMissing where a file of ``key`` is not there."""
    try:
        yield
    except FileNotFoundError as error:
        raise (ObjectMissing(key) if key else StorageUnavailable(error.strerror or "")) from error
    except OSError as error:
        kind = StorageFull if error.errno in _FULL else StorageUnavailable
        raise kind(error.strerror or "") from error
