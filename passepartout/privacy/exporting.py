"""A person's data as one ZIP: a JSON file for each kind of thing, the documents' files, and a page that explains."""

import hashlib
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from engines.objects import Draft
from passepartout.files.store import object_store
from passepartout.files.uploads import storage_errors
from passepartout.kernel.personal import File, Source, sources
from passepartout.kernel.scope import current_organization, tenant_transaction
from passepartout.tenancy.models import Organization

from . import selectors
from .models import DataRequest
from .texts import readme

PIECE = 256 * 1024
MIME = "application/zip"


class _Sink:
    """The draft of a stored object as a file that can only be written."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def write(self, content: bytes) -> int:
        return self._draft.write(bytes(content))

    def flush(self) -> None:
        """The draft keeps what it was given."""


def write_export(request: DataRequest, *, tell: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Build and store the ZIP; where it is, its size, until when. An attempt before is written over.

    Outside any transaction. Raises StorageFull, Unavailable.
    """
    key = f"{current_organization().hex}/exports/{request.pk.hex}"
    with storage_errors(), object_store().create() as draft:
        with zipfile.ZipFile(_Sink(draft), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
            _fill(archive, request, tell)
        size = draft.commit(key)
    with tenant_transaction():
        keeps = selectors.days_kept("exports")
    return {"storage_path": key, "size": size, "expires_at": timezone.now() + timedelta(days=keeps)}


def _fill(archive: zipfile.ZipFile, request: DataRequest, tell: Callable[[str, int, int], None]) -> None:
    hashes: dict[str, str] = {}
    written: Counter[str] = Counter()
    total = len(sources())
    for number, origin in enumerate(sources()):
        tell(origin.name, number, total)
        idents = _idents(request, origin)
        given = [{"id": str(ident), **facts} for ident in idents if (facts := origin.give(ident)) is not None]
        if given:
            written[origin.name] = len(given)
            _write(archive, hashes, f"data/{origin.name}.json", _as_json(given))
        for file in _files(origin, idents):
            _copy(archive, hashes, file)
    with tenant_transaction():
        organization = Organization.objects.get(pk=request.org_id)
        left_out = selectors.items_of(request).count() - _included(request).count()
    said = readme(organization, request, written=written, left_out=left_out)
    _write(archive, hashes, said.name, said.text.encode())
    listed = [f"{sha256}  {name}" for name, sha256 in sorted(hashes.items())]
    archive.writestr("SHA256SUMS", "\n".join(listed) + "\n")


def _included(request: DataRequest) -> Any:
    return selectors.items_of(request).filter(because="", given=True)


def _idents(request: DataRequest, origin: Source) -> list[UUID]:
    with tenant_transaction():
        return list(_included(request).filter(source=origin.name).values_list("object_id", flat=True))


def _files(origin: Source, idents: list[UUID]) -> Iterator[File]:
    for ident in idents:
        yield from origin.files(ident)


def _write(archive: zipfile.ZipFile, hashes: dict[str, str], name: str, content: bytes) -> None:
    archive.writestr(name, content)
    hashes[name] = hashlib.sha256(content).hexdigest()


def _copy(archive: zipfile.ZipFile, hashes: dict[str, str], file: File) -> None:
    name, content_hash = f"files/{file.name}", hashlib.sha256()
    with file.open() as source, archive.open(name, "w", force_zip64=True) as target:
        for piece in _pieces(source):
            content_hash.update(piece)
            target.write(piece)
    hashes[name] = content_hash.hexdigest()


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def _as_json(given: list[dict[str, Any]]) -> bytes:
    return json.dumps(given, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode()


def expire(before: datetime, limit: int) -> int:
    """Delete at most ``limit`` ZIPs of requests that ended before; the request and its receipt stay."""
    with tenant_transaction():
        old = DataRequest.objects.filter(finished_at__lt=before).exclude(storage_path="").order_by("finished_at")
        rows = list(old.values_list("pk", "storage_path")[:limit])
    for ident, key in rows:
        with storage_errors():
            object_store().delete(key)
        with tenant_transaction():
            DataRequest.objects.filter(pk=ident).update(storage_path="")
    return len(rows)
