"""Reading documents: what a caller may see is decided here, for lists, search, files and ask alike."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from passepartout.kernel.errors import Forbidden, NotFound
from passepartout.tenancy.callers import Caller

from .models import DOCUMENT, Chunk, Document, DocumentVersion


def documents_visible_to(caller: Caller, *, deleted: bool = False) -> Any:
    """Documents that the caller may read, newest first. Deleted ones only on request (to restore them)."""
    mine = Q(uploader_id=caller.user.pk)
    reach = caller.reach("documents")
    if reach == "organization":
        allowed = mine | ~Q(visibility=Document.Visibility.PRIVATE)
    elif reach == "client":
        shared = Q(visibility=Document.Visibility.CLIENT, client_id=caller.client_id)
        allowed = mine | shared if caller.client_id else mine
    elif reach == "assigned":
        allowed = mine
    else:
        return Document.objects.none()
    return Document.objects.filter(allowed, deleted_at__isnull=not deleted).order_by("-created_at", "-id")


def documents_restorable_by(caller: Caller) -> Any:
    """Deleted documents that the caller may bring back, newest first, until they are purged. Raises Forbidden."""
    caller.require("documents", "transition")
    return documents_visible_to(caller, deleted=True)


def document_visible_to(caller: Caller, ident: UUID, *, deleted: bool = False) -> Document:
    """Raises NotFound: another tenant's document, another user's private one and none at all look the same."""
    found: Document | None = documents_visible_to(caller, deleted=deleted).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such document.")
    return found


def live_versions(caller: Caller, *, document_ids: list[UUID] | None = None) -> list[UUID]:
    """The versions that a search of this caller reads. Raises NotFound when a named document is not theirs to see."""
    rows = documents_visible_to(caller).order_by()
    if document_ids is not None:
        wanted = set(document_ids)
        known = set(rows.filter(pk__in=wanted).values_list("pk", flat=True))
        if wanted - known:
            raise NotFound("There is no such document.", document_ids=sorted(map(str, wanted - known)))
        rows = rows.filter(pk__in=wanted)
    return list(rows.filter(live_version__isnull=False).values_list("live_version", flat=True))


def hidden_versions(caller: Caller) -> list[UUID]:
    """Live versions of the organization in scope that this caller may not see. For hidden.py alone."""
    seen = documents_visible_to(caller).order_by().values("pk")
    rows = Document.objects.filter(deleted_at=None, live_version__isnull=False).exclude(pk__in=seen)
    return list(rows.values_list("live_version", flat=True))


def chunks_in(versions: list[UUID], places: list[tuple[UUID, int]]) -> dict[tuple[UUID, int], Chunk]:
    """Chunks by (version, part), of these versions, with their documents. For hidden.py alone."""
    parts = {part for _, part in places}
    rows = Chunk.objects.filter(version_id__in=versions, part_no__in=parts).select_related("doc")
    return {(chunk.version_id, chunk.part_no): chunk for chunk in rows}


def models_of(versions: list[UUID]) -> set[str]:
    """The embedding models that these versions were indexed with."""
    return set(DocumentVersion.objects.filter(pk__in=versions).values_list("model", flat=True))


def chunks_of(document: Document) -> Any:
    return Chunk.objects.filter(version_id=document.live_version).order_by("part_no")


def chunks_at(caller: Caller, places: list[tuple[UUID, int]]) -> dict[tuple[UUID, int], Chunk]:
    """Chunks by (version, part), with their documents, of versions that are live and the caller's to see now."""
    versions = {version for version, _ in places}
    parts = {part for _, part in places}
    seen = documents_visible_to(caller).order_by().filter(live_version__in=versions)
    rows = Chunk.objects.filter(
        version_id__in=set(seen.values_list("live_version", flat=True)), part_no__in=parts
    ).select_related("doc")
    found = {(chunk.version_id, chunk.part_no): chunk for chunk in rows}
    return {place: found[place] for place in places if place in found}


def same_content(caller: Caller, sha256: str) -> Document | None:
    """A document with this content that the caller may see: another user's private one is never revealed by it."""
    found: Document | None = documents_visible_to(caller).filter(sha256=sha256).first()
    return found


def documents_counted() -> int:
    return int(Document.objects.filter(deleted_at=None).count())


def abilities(caller: Caller, document: Document) -> dict[str, bool]:
    """What this caller may do with this document now, for the pages to draw."""
    offered = DOCUMENT.offered(document.status)
    writes = caller.may("documents", "write") and _is_theirs_to_change(caller, document)
    moves = caller.may("documents", "transition")
    return {
        "read": True,
        "download": True,
        "update": writes,
        **{action: moves and action in offered for action in ("reindex", "retry", "delete", "restore")},
    }


def _is_theirs_to_change(caller: Caller, document: Document) -> bool:
    """What was shared with somebody of narrower reach (a client's portal) is theirs to read only."""
    return caller.reach("documents") == "organization" or document.uploader_id == caller.user.pk


def require_change(caller: Caller, document: Document, wishes: dict[str, Any]) -> None:
    """Raises Forbidden."""
    caller.require("documents", "write")
    if not _is_theirs_to_change(caller, document):
        raise Forbidden("Only your own uploads are yours to change.")
    private = Document.Visibility.PRIVATE
    if wishes.get("visibility", document.visibility) == private and document.uploader_id != caller.user.pk:
        raise Forbidden("Only who uploaded a document may make it private.")


def document_locked(document: Document) -> Document:
    """The same document as it is now, nobody else changing it until the transaction ends."""
    locked: Document = Document.objects.select_for_update().get(pk=document.pk)
    return locked


def require_action(caller: Caller, document: Document, action: str) -> str:
    """The state that ``action`` leads to. Raises Forbidden, NotFound, or Conflict naming what is possible."""
    caller.require("documents", "transition")
    if action not in DOCUMENT.transitions or DOCUMENT.transitions[action].system:
        raise NotFound("There is no such action.", code="unknown_action")
    return DOCUMENT.target(action, document.status)
