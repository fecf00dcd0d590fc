"""Taking away what is not needed any more: old versions at once, deleted documents after the time for undo."""

from uuid import UUID

from django.conf import settings
from django.db import connection

from passepartout.audit.services import record
from passepartout.files.services import forget, lock_content
from passepartout.kernel.scope import current_organization, scope, tenant_transaction

from .engines_in_use import vector_index
from .models import Document, DocumentVersion, Posting


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


def purge_deleted() -> int:
    """Erase what was deleted longer ago than the time for undo, in every organization. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id, document_id FROM documents_to_purge(make_interval(days => %s))",
                       [settings.UNDO_DAYS])  # fmt: skip
        due = cursor.fetchall()
    for organization, document in due:
        with scope(organization=organization):
            purge_document(document)
    return len(due)


def purge_document(ident: UUID) -> None:
    """Erase a deleted document for good: versions, vectors, and its bytes when nobody else shares them."""
    with tenant_transaction():
        if not Document.objects.filter(pk=ident, status="deleted").exists():
            return
        versions = versions_but(ident, keep=None)
    drop_versions(versions)
    with tenant_transaction():
        document = Document.objects.filter(pk=ident, status="deleted").select_related("content").first()
        if document is None:
            return
        content = document.content
        lock_content(content.sha256)
        record("document.purged", document, detail={"sha256": content.sha256})
        document.delete()
        if not Document.objects.filter(content_id=content.pk).exists():
            forget(content)
