"""Writing stored objects: content is shared inside an organization, never across."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection

from passepartout.billing.services import check_limit
from passepartout.kernel.scope import current_organization, require_tenant_transaction

from .models import StoredObject
from .store import object_store
from .uploads import StoredUpload, storage_errors


@contextmanager
def stored(upload: StoredUpload, *, mime: str) -> Iterator[StoredObject]:
    """Keep an upload for as long as the block succeeds: a failed transaction leaves no orphan behind.

    Runs in the caller's transaction under a lock on the content, so that neither a parallel upload of the same bytes
    nor a purge of their last owner can come between file and row. Raises LimitReached, StorageFull, Unavailable.
    """
    require_tenant_transaction()
    lock_content(upload.sha256)
    known: StoredObject | None = StoredObject.objects.filter(sha256=upload.sha256).first()
    if known is not None:
        upload.draft.discard()
        yield known
        return
    check_limit("storage_bytes", upload.size or 0)
    key = f"{current_organization().hex}/{upload.sha256}"
    with storage_errors():
        upload.draft.commit(key)
    kept = False
    try:
        yield StoredObject.objects.create(sha256=upload.sha256, size=upload.size, mime=mime, storage_path=key)
        kept = True
    finally:
        if not kept:
            object_store().delete(key)


def lock_content(sha256: str) -> None:
    """Serialise all that happens to one content of one organization until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"object:{current_organization()}:{sha256}"]
        )


def forget(stored_object: StoredObject) -> None:
    """Delete content that nothing refers to any more: row and bytes. Call under `lock_content`."""
    stored_object.delete()
    object_store().delete(stored_object.storage_path)


def sweep() -> int:
    """Remove drafts of uploads whose process died. Returns how many."""
    return object_store().sweep(timedelta(hours=6))
