"""Taking away what is not needed any more: old versions at once, deleted documents after the time for undo."""

import logging
from datetime import datetime
from uuid import UUID

from engines.errors import EngineError
from passepartout.audit.services import record
from passepartout.files.services import forget, lock_content
from passepartout.kernel.scope import current_organization, tenant_transaction

from .engines_in_use import vector_index
from .models import Document, DocumentVersion, Posting

logger = logging.getLogger("passepartout.documents")


def versions_but(document: UUID, *, keep: UUID | None) -> list[DocumentVersion]:
    """Every version of a document but the one to keep. In the caller's transaction."""
    return list(DocumentVersion.objects.filter(doc_id=document).exclude(pk=keep))


def drop_versions(versions: list[DocumentVersion]) -> None:
    """Delete versions: vectors first, so that none is left without its owner."""
    for version in versions:
        vector_index(version.model, version.dimensions).delete_version(current_organization(), version.pk)
        with tenant_transaction():
            Posting.objects.filter(version_id=version.pk).delete()
            DocumentVersion.objects.filter(pk=version.pk).delete()


def expire(before: datetime, limit: int) -> int:
    """Erase at most ``limit`` documents that were deleted before. Returns how many."""
    with tenant_transaction():
        due = Document.objects.filter(status="deleted", deleted_at__lt=before).order_by("deleted_at")
        idents = list(due.values_list("pk", flat=True)[:limit])
    return sum(map(_purged, idents))


def _purged(document: UUID) -> bool:
    """One that cannot be erased now must not keep the others: it comes again with the next run."""
    try:
        purge_document(document)
    except EngineError as error:
        logger.warning("not purged", extra={"document": str(document), "error": error.code})
        return False
    return True


def purge_document(ident: UUID) -> None:
    """Erase a deleted document for good: versions, vectors, and its bytes when nobody else shares them."""
    with tenant_transaction():
        # Restored between here and the end, it starts again from its file: what made it live is going.
        gone = {"live_version": None, "restore_status": ""}
        if not Document.objects.filter(pk=ident, status="deleted").update(**gone):
            return
        versions = versions_but(ident, keep=None)
    drop_versions(versions)
    with tenant_transaction():
        document = Document.objects.select_for_update().filter(pk=ident, status="deleted").first()
        if document is None:
            return
        content = document.content
        lock_content(content.sha256)
        record("document.purged", document, detail={"sha256": content.sha256})
        document.delete()
        if not Document.objects.filter(content_id=content.pk).exists():
            forget(content)
