"""Writing documents: upload, actions, states. Indexing itself is in indexing.py."""

from typing import Any

from django.utils import timezone

from engines.reading import ReadingError
from engines.reading.errors import EmptyFile
from engines.reading.sniff import sniff
from passepartout.audit.services import record
from passepartout.billing.services import check_limit, release, use
from passepartout.clients import selectors as clients
from passepartout.files.services import content_transaction, store
from passepartout.files.uploads import StoredUpload
from passepartout.jobs.selectors import open_job
from passepartout.jobs.services import cancel_open, enqueue
from passepartout.kernel.errors import Conflict, InvalidInput, UnsupportedType
from passepartout.tenancy.callers import Caller

from . import events, selectors
from .models import DOCUMENT, Document
from .telling import tell

INDEX = "documents.index"
LINKS = frozenset({"visibility", "client", "project"})


def upload_document(caller: Caller, upload: StoredUpload, **wishes: Any) -> tuple[Document, bool]:
    """Take a file in and queue its indexing: (document, whether it is new).

    The same content again, by someone who may see it, is the existing document. ``wishes``: title, language,
    visibility, client, project. Raises InvalidInput, UnsupportedType, LimitReached, NotFound, StorageFull.
    """
    mime = _mime_of(upload)
    with content_transaction(upload):  # its lock makes the same file a hundred times in parallel one document
        existing = selectors.same_content(caller, upload.sha256)
        if existing is not None:
            return existing, False
        check_limit("documents")
        content = store(upload, mime=mime)
        document: Document = Document.objects.create(
            title=wishes.get("title") or (upload.name or "").rsplit(".", 1)[0],
            original_filename=upload.name,
            content=content,
            storage_path=content.storage_path,
            size=upload.size,
            sha256=upload.sha256,
            mime=mime,
            uploader=caller.user,
            language=wishes.get("language") or "",
            **_links(caller, wishes),
        )
        record("document.uploaded", document, detail={"sha256": upload.sha256, "size": upload.size})
        tell(events.DocumentUploaded, document, status=document.status)
        enqueue(INDEX, subject=document.pk, document_id=document.pk)
        use("documents")
    return document, True


def _mime_of(upload: StoredUpload) -> str:
    try:
        return sniff(upload.head, upload.name or "").mime
    except EmptyFile as error:
        raise InvalidInput("This file is empty.", code=error.code, field="file") from None
    except ReadingError as error:
        raise UnsupportedType(
            "PDF, pictures, Word, Excel, PowerPoint, HTML, CSV, e-mail (EML), text and Markdown are read; "
            "this file is something else, or not what its name says.",
            code=error.code,
            field="file",
        ) from None


def _links(caller: Caller, wishes: dict[str, Any]) -> dict[str, Any]:
    """Visibility, client and project of a document, each checked to be the organization's own."""
    client = clients.client(wishes["client"]) if wishes.get("client") else None
    project = clients.project(wishes["project"]) if wishes.get("project") else None
    if project is not None and client is not None and project.client_id != client.pk:
        raise InvalidInput("This project is another client's.", field="project")
    visibility = wishes.get("visibility") or Document.Visibility.ORGANIZATION
    if caller.client_id is not None:  # a portal writes for its own client and nobody else
        return {"visibility": Document.Visibility.CLIENT, "client_id": caller.client_id, "project": None}
    if visibility == Document.Visibility.CLIENT and client is None and project is None:
        raise InvalidInput("Say which client may see this document.", field="client")
    return {"visibility": visibility, "client": client or (project.client if project else None), "project": project}


def change_document(caller: Caller, document: Document, **wishes: Any) -> Document:
    """Change title, visibility or links. Raises Forbidden, InvalidInput, NotFound."""
    selectors.require_change(caller, document, wishes)
    if wishes.keys() & LINKS:
        present = {"visibility": document.visibility, "client": document.client_id, "project": document.project_id}
        for name, value in _links(caller, {**present, **wishes}).items():
            setattr(document, name, value)
    document.title = wishes.get("title", document.title)
    document.save(update_fields=["visibility", "client", "project", "title", "updated_at"])
    record("document.changed", document, detail={"fields": sorted(wishes)})
    tell(events.DocumentChanged, document, status=document.status)
    return document


def act_on_document(caller: Caller, document: Document, action: str) -> Document:
    """``reindex``, ``retry``, ``delete`` or ``restore``. Raises Forbidden, NotFound, Conflict, LimitReached."""
    if action == "delete":
        cancel_open(document.pk, INDEX)  # the job first, then the document: as a worker locks them
    document = selectors.document_locked(document)  # of two the same at once, the second sees what the first did
    target = selectors.require_action(caller, document, action)
    if action != "delete" and open_job(document.pk, INDEX) is not None:
        raise Conflict("This document is being indexed; wait for it to end.", code="indexing_already")
    if action == "restore":
        check_limit("documents")
    changes = _EFFECTS[action](document, target)
    Document.objects.filter(pk=document.pk).update(updated_at=timezone.now(), **changes)
    if action in {"reindex", "retry"} or changes["status"] == DOCUMENT.start:
        enqueue(INDEX, subject=document.pk, document_id=document.pk)
    record(f"document.{action}", document)
    document.refresh_from_db()
    tell(_TOLD[action], document, status=document.status)
    _meter(action)
    return document


def _meter(action: str) -> None:
    if action == "delete":
        release("documents")
    elif action == "restore":
        use("documents")


def _delete(document: Document, target: str) -> dict[str, Any]:
    return {"status": target, "restore_status": document.status, "deleted_at": timezone.now()}


def _restore(document: Document, target: str) -> dict[str, Any]:
    """Back to what it was; a document whose indexing was under way starts again."""
    final = document.restore_status in {"indexed", "failed", "rejected"}
    status = document.restore_status if final else target
    return {"status": status, "restore_status": "", "deleted_at": None}


def _again(_: Document, target: str) -> dict[str, Any]:
    return {"status": target, "error_code": "", "error_detail": ""}


_EFFECTS = {"delete": _delete, "restore": _restore, "retry": _again, "reindex": _again}
_TOLD = {
    "delete": events.DocumentDeleted,
    "restore": events.DocumentRestored,
    "retry": events.DocumentChanged,
    "reindex": events.DocumentChanged,
}


def mark_failed(*, code: str, detail: str, document_id: str) -> None:
    """Indexing will not be tried again: the document says why, in a final state. A live version stays live."""
    document = Document.objects.filter(pk=document_id).first()
    if document is None or document.status in {"deleted", "rejected", "failed"}:
        return
    rejected = code in REJECTED
    live = document.live_version is not None
    status = document.status if live else DOCUMENT.target("reject" if rejected else "fail", document.status)
    Document.objects.filter(pk=document_id).update(status=status, error_code=code, error_detail=detail[:500])
    record("document.rejected" if rejected else "document.failed", document, detail={"code": code})
    tell(events.DocumentRejected if rejected else events.DocumentFailed, document, status=status, error=code)


# The file itself is at fault: trying again gives the same end.
REJECTED = frozenset(
    {
        "empty_file", "type_unsupported", "type_mismatch", "password_protected", "file_corrupt", "too_many_pages",
        "too_much_text", "page_too_large", "read_timeout", "read_limit", "no_text",
    }
)  # fmt: skip
