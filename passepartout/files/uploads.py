"""Uploads go straight to the object store, hashed on the way; nothing is held in memory whole."""

import hashlib
import logging
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from engines.objects import Draft, ObjectMissing, StorageFull, StorageUnavailable
from engines.reading.sniff import HEAD_BYTES
from passepartout.kernel import errors

from .store import object_store

logger = logging.getLogger("passepartout.files")
NAME_LENGTH = 200
PIECE = 256 * 1024


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the store's errors into ours."""
    try:
        yield
    except StorageFull as error:
        raise errors.StorageFull("No room left to store this file.") from error
    except ObjectMissing as error:
        logger.error("a stored file is missing")
        raise errors.NotFound("The stored file is missing; tell your administrator.", code="file_missing") from error
    except StorageUnavailable as error:
        logger.error("the file store does not work", extra={"error": f"{error.code}: {error}"})
        raise errors.Unavailable("The file store does not answer.", code=error.code, retry_after=10) from error


def clean_name(name: str) -> str:
    """The name its owner gave, as data: no path, no control or formatting characters, at most 200 characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    visible = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip(" .")
    if len(visible) <= NAME_LENGTH:
        return visible or "document"
    suffix = PurePosixPath(visible).suffix[:10]
    return visible[: NAME_LENGTH - len(suffix)] + suffix


class StoredUpload(UploadedFile):
    """A received file: a draft in the object store that disappears with the request unless it is committed."""

    def __init__(self, draft: Draft, *, name: str, size: int, sha256: str, head: bytes) -> None:
        super().__init__(file=None, name=clean_name(name), size=size)
        self.draft = draft
        self.sha256 = sha256
        self.head = head

    def close(self) -> None:
        self.draft.discard()


def receive(path: Path) -> StoredUpload:
    """A file of this machine as an upload (demo, imports). Raises StorageFull, Unavailable, OSError."""
    content_hash, head, size = hashlib.sha256(), b"", 0
    with storage_errors(), path.open("rb") as source:
        draft = object_store().create()
        while piece := source.read(PIECE):
            content_hash.update(piece)
            head = head or piece[:HEAD_BYTES]
            size += draft.write(piece)
    return StoredUpload(draft, name=path.name, size=size, sha256=content_hash.hexdigest(), head=head)


class StorageUploadHandler(FileUploadHandler):
    """Raises TooLarge and StorageFull out of the parser, so that the answer is a problem and not a broken socket."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._hash = hashlib.sha256()
        self._head = b""
        with storage_errors():
            self._draft = object_store().create()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > settings.UPLOAD_MAX_BYTES:
            limit = settings.UPLOAD_MAX_BYTES // 1024**2
            raise errors.TooLarge(f"Files of up to {limit} MB are taken.", code="file_too_large", field="file")
        self._hash.update(raw_data)
        self._head += raw_data[: HEAD_BYTES - len(self._head)]
        with storage_errors():
            self._draft.write(raw_data)

    def file_complete(self, file_size: int) -> StoredUpload:
        return StoredUpload(
            self._draft, name=self.file_name or "", size=file_size, sha256=self._hash.hexdigest(), head=self._head
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "_draft"):
            self._draft.discard()
