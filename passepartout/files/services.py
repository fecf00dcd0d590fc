"""Writing stored objects: content is shared inside an organization, never across."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection

from engines.objects import ObjectError
from passepartout.billing.services import check_limit, release, use
from passepartout.kernel.scope import current_organization, require_tenant_transaction, tenant_transaction

from .models import StoredObject
from .store import object_store
from .uploads import StoredUpload, storage_errors

logger = logging.getLogger("passepartout.files")


@contextmanager
def content_transaction(upload: StoredUpload) -> Iterator[None]:
    """A tenant transaction under the lock of the upload's content; when it fails, its commit included, no file stays.

    Neither a parallel upload of the same bytes nor a purge of their last owner can come between file and row.
    """
    kept = False
    try:
        with tenant_transaction():
            lock_content(upload.sha256)
            yield
        kept = True
    finally:
        if not kept:
            _discard_orphan(upload.sha256)


def store(upload: StoredUpload, *, mime: str) -> StoredObject:
    """Keep an upload, or find the same content. Call inside `content_transaction`.

    Raises LimitReached, StorageFull, Unavailable.
    """
    require_tenant_transaction()
    known: StoredObject | None = StoredObject.objects.filter(sha256=upload.sha256).first()
    if known is not None:
        upload.draft.discard()
        return known
    check_limit("storage_bytes", upload.size or 0)
    key = _key(upload.sha256)
    with storage_errors():
        upload.draft.commit(key)
    created: StoredObject = StoredObject.objects.create(
        sha256=upload.sha256, size=upload.size, mime=mime, storage_path=key
    )
    use("storage_bytes", upload.size or 0)
    return created


def _key(sha256: str) -> str:
    return f"{current_organization().hex}/{sha256}"


def _discard_orphan(sha256: str) -> None:
    """Asked again under the lock: a parallel upload of the same bytes may have kept them meanwhile."""
    if connection.needs_rollback:
        return  # an outer transaction, already lost, can ask nothing
    with tenant_transaction():
        lock_content(sha256)
        if StoredObject.objects.filter(sha256=sha256).exists():
            return
        try:
            object_store().delete(_key(sha256))
        except ObjectError as error:  # the failure that brought us here is the one to tell
            logger.error("orphan left in the store", extra={"key": _key(sha256), "error": error.code})


def lock_content(sha256: str) -> None:
    """Serialise all that happens to one content of one organization until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"object:{current_organization()}:{sha256}"]
        )


def forget(stored_object: StoredObject) -> None:
    """Delete content that nothing refers to any more: row and bytes. Call under `lock_content`."""
    stored_object.delete()
    release("storage_bytes", stored_object.size)
    object_store().delete(stored_object.storage_path)


def sweep() -> int:
    """Remove drafts of uploads whose process died. Returns how many."""
    return object_store().sweep(timedelta(hours=6))
