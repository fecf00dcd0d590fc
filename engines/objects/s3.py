"""Objects in a bucket of any S3: MinIO, Garage, Ceph, SeaweedFS, a provider's.

Bytes are streamed in parts of a multipart upload, each with its MD5 (which every S3 checks; the newer checksums are not
known everywhere), and nothing is visible before the upload is completed. A draft whose key is not known yet is uploaded
under `drafts/` and copied by the store itself when it is named; one that fits in a part is sent at once under its key.
"""

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self
from uuid import uuid4

from botocore.exceptions import ClientError

from engines.objects import Draft, ObjectError, ObjectMissing, StorageUnavailable, checked_key
from engines.objects.folder import disk_errors
from engines.objects.s3_connection import (
    MISSING,
    NO_UPLOAD,
    PAST_THE_END,
    connect,
    content_md5,
    error_code,
    typed_errors,
)
from engines.objects.s3_place import S3Place

PART_BYTES: Final = 8 << 20
_PIECE_BYTES: Final = 1 << 20
_RESUMED_MOST: Final = 3


class S3Store:
    """An ObjectStore in a bucket; safe for any number of threads and processes. Asks nothing before its first use."""

    def __init__(self, place: S3Place, *, part_bytes: int = PART_BYTES) -> None:
        """``part_bytes``: at least 5 MiB on a real S3, which refuses smaller parts."""
        self.client = connect(place)
        self.part_bytes = part_bytes
        self._bucket = place.bucket
        self._prefix = f"{place.prefix}/" if place.prefix else ""

    def create(self) -> Draft:
        return S3Draft(self, self._drafts() + uuid4().hex)

    def put(self, source: BinaryIO | Path, key: str) -> int:
        checked_key(key)
        if isinstance(source, Path):
            with source.open("rb") as opened:
                return self.put(opened, key)
        with S3Draft(self, self._name(key)) as draft:
            while piece := source.read(_PIECE_BYTES):
                draft.write(piece)
            return draft.commit(key)

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        name, end = self._name(key), None if length is None else start + length
        if length == 0:
            self.size(key)
            return io.BytesIO()
        try:
            answer = self._get(key, Key=name, **_range(start, end))
        except _PastTheEnd:
            return io.BytesIO()
        again = partial(self._get, key, Key=name, IfMatch=answer["ETag"])
        return io.BufferedReader(_Body(answer["Body"], start, end, again))

    def size(self, key: str) -> int:
        name = self._name(key)
        try:
            return int(self.request("head_object", *MISSING, Key=name)["ContentLength"])
        except ClientError as error:
            raise self._missing(key) from error

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def delete(self, key: str) -> bool:
        there = self.exists(key)
        if there:
            self.request("delete_object", Key=self._name(key))
        return there

    @contextmanager
    def local_path(self, key: str) -> Iterator[Path]:
        with ExitStack() as opened:
            source = opened.enter_context(self.open(key))
            with disk_errors():
                copy = opened.enter_context(tempfile.NamedTemporaryFile(prefix="object-"))  # mode 0600
                shutil.copyfileobj(source, copy, _PIECE_BYTES)
                copy.flush()
            yield Path(copy.name)

    def sweep(self, older_than: timedelta) -> int:
        oldest = datetime.now(UTC) - older_than
        removed = 0
        for upload in self._pages("list_multipart_uploads", "Uploads", self._prefix):
            if upload["Initiated"] < oldest:
                self.abort(upload["Key"], upload["UploadId"])
                removed += 1
        for draft in self._pages("list_objects_v2", "Contents", self._drafts()):
            if draft["LastModified"] < oldest:
                self.request("delete_object", Key=draft["Key"])
                removed += 1
        return removed

    def check(self) -> str:
        with typed_errors():
            self.client.head_bucket(Bucket=self._bucket)
        return f"bucket {self._bucket} at {self.client.meta.endpoint_url}"

    # For drafts of this store

    def request(self, operation: str, *passing: str, **arguments: Any) -> Any:
        """One request, tried again by the client. Raises StorageUnavailable, StorageDenied, StorageFull, and the
        client's own error where its code is in ``passing``."""
        with typed_errors(*passing):
            return getattr(self.client, operation)(Bucket=self._bucket, **arguments)

    def abort(self, name: str, upload: str) -> None:
        with suppress(ClientError):
            self.request("abort_multipart_upload", *NO_UPLOAD, Key=name, UploadId=upload)

    def adopt(self, name: str, key: str) -> None:
        """Give a whole draft its key: the store copies it by itself, in parts when it is large."""
        try:
            with typed_errors():
                self.client.copy({"Bucket": self._bucket, "Key": name}, self._bucket, self._name(key))
        finally:
            with suppress(ObjectError):  # what cannot be taken away now, the sweep takes
                self.request("delete_object", Key=name)

    def send(self, key: str, content: bytes) -> None:
        self.request("put_object", Key=self._name(key), Body=content, ContentMD5=content_md5(content))

    def is_named(self, name: str, key: str) -> bool:
        return name == self._name(key)

    def _name(self, key: str) -> str:
        return f"{self._prefix}objects/{checked_key(key)}"

    def _drafts(self) -> str:
        return f"{self._prefix}drafts/"

    def _get(self, key: str, **arguments: Any) -> Any:
        """Raises ObjectMissing, _PastTheEnd."""
        try:
            return self.request("get_object", *MISSING, *PAST_THE_END, **arguments)
        except ClientError as error:
            if error_code(error) in PAST_THE_END:
                raise _PastTheEnd from error
            raise self._missing(key) from error

    def _missing(self, key: str) -> ObjectMissing:
        """Raises StorageUnavailable where it is the bucket that is not there: an answer to HEAD does not tell."""
        self.check()
        return ObjectMissing(key)

    def _pages(self, operation: str, rows: str, prefix: str) -> Iterator[Any]:
        with typed_errors():
            for page in self.client.get_paginator(operation).paginate(Bucket=self._bucket, Prefix=prefix):
                yield from page.get(rows, [])


class _PastTheEnd(Exception):
    """The range begins behind the last byte."""


def _range(start: int, end: int | None) -> dict[str, str]:
    """The argument for bytes ``start`` to before ``end``; none for the whole, which an empty object can give too."""
    if start == 0 and end is None:
        return {}
    return {"Range": f"bytes={start}-{'' if end is None else end - 1}"}


class S3Draft:
    """At most one part is in memory. ``name``: where a multipart upload goes, if it comes to one."""

    def __init__(self, store: S3Store, name: str) -> None:
        self._store = store
        self._name = name
        self._waiting = bytearray()
        self._upload = ""
        self._parts: list[dict[str, Any]] = []
        self._open = True
        self._written = 0

    @property
    def written(self) -> int:
        return self._written

    def write(self, chunk: bytes) -> int:
        self._require_open()
        self._waiting += chunk
        self._written += len(chunk)
        while len(self._waiting) >= self._store.part_bytes:
            part = bytes(self._waiting[: self._store.part_bytes])
            del self._waiting[: self._store.part_bytes]
            self._send_part(part)
        return len(chunk)

    def commit(self, key: str) -> int:
        self._require_open()
        checked_key(key)
        try:
            if self._upload:
                self._complete(key)
            else:
                self._store.send(key, bytes(self._waiting))
        finally:
            self.discard()
        return self._written

    def discard(self) -> None:
        self._open = False
        self._waiting.clear()
        upload, self._upload = self._upload, ""
        if upload:
            with suppress(ObjectError):  # what cannot be taken back now, the sweep takes
                self._store.abort(self._name, upload)

    def _require_open(self) -> None:
        if not self._open:
            raise ValueError("this draft was committed or discarded")

    def _send_part(self, content: bytes) -> None:
        if not self._upload:
            self._upload = self._store.request("create_multipart_upload", Key=self._name)["UploadId"]
        number = len(self._parts) + 1
        answer = self._store.request(
            "upload_part",
            **{"Key": self._name, "UploadId": self._upload, "PartNumber": number},
            **{"Body": content, "ContentMD5": content_md5(content)},
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})

    def _complete(self, key: str) -> None:
        if self._waiting:
            self._send_part(bytes(self._waiting))
        self._store.request(
            "complete_multipart_upload",
            **{"Key": self._name, "UploadId": self._upload, "MultipartUpload": {"Parts": self._parts}},
        )
        self._upload = ""
        if not self._store.is_named(self._name, key):
            self._store.adopt(self._name, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


class _Body(io.RawIOBase):
    """The bytes of an answer; when the connection is cut, the same object is asked for the rest.

    An object that was replaced meanwhile is not continued with another's bytes: If-Match, then StorageUnavailable.
    """

    def __init__(self, body: Any, start: int, end: int | None, again: Callable[..., Any]) -> None:
        super().__init__()
        self._body = body
        self._at = start
        self._end = end
        self._again = again
        self._resumed = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]  # the stub wants any Buffer
        room = memoryview(buffer)
        piece = self._read(len(room))
        room[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _read(self, count: int) -> bytes:
        while True:
            try:
                with typed_errors():
                    return bytes(self._body.read(count))
            except StorageUnavailable:
                if self._resumed == _RESUMED_MOST:
                    raise
            self._resumed += 1
            self._body.close()
            self._body = self._continued()

    def _continued(self) -> Any:
        try:
            return self._again(**_range(self._at, self._end))["Body"]
        except _PastTheEnd:
            return io.BytesIO()

    def close(self) -> None:
        self._body.close()
        super().close()
