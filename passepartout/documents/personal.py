"""Documents as personal content: those of the person's clients, those that name the person, and copies of either.

Erasing one takes its file, pages read, chunks, words, windows (vectors) and identifiers with it, at once and for good.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.utils import timezone

from passepartout.audit.services import record
from passepartout.billing.services import release
from passepartout.files.store import object_store
from passepartout.jobs.services import cancel_open
from passepartout.kernel.personal import File, Found, Mentions, Source, Subject
from passepartout.kernel.scope import tenant_transaction

from . import events
from .models import Chunk, Document, OcrJob
from .purging import purge_document
from .services import INDEX
from .telling import tell

PAGE = 500  # texts of a transaction
LOOKED_AT = ("client_id", "visibility", "uploader_id", "content_id", "title", "original_filename")


def find(subject: Subject) -> Iterator[Found]:
    """A private document is shown without its title and given to its uploader alone (ADR 0011)."""
    reasons: dict[UUID, str] = {}
    with tenant_transaction():
        rows = {row.pk: row for row in Document.objects.only(*LOOKED_AT)}
    mentions = Mentions.of(subject)
    for row in rows.values():
        if row.client_id in subject.clients:
            reasons[row.pk] = "linked"
        elif row.visibility == Document.Visibility.PRIVATE and row.uploader_id in subject.users:
            reasons[row.pk] = "authored"
        elif mentions.named_in(row.title, row.original_filename):
            reasons[row.pk] = "mentions"
    if mentions:
        reasons |= dict.fromkeys(_naming(mentions, rows.keys() - reasons.keys()), "mentions")
    contents = {rows[ident].content_id for ident in reasons if ident in rows}
    copies = {row.pk for row in rows.values() if row.content_id in contents} - reasons.keys()
    reasons |= dict.fromkeys(copies, "same_content")
    for ident, reason in reasons.items():
        if ident in rows:
            yield _found(rows[ident], reason, subject)


def _naming(mentions: Mentions, among: set[UUID]) -> set[UUID]:
    """Which of these documents name the person, in what is indexed of them or in what was read from their pages."""
    found: set[UUID] = set()
    for model, column in ((Chunk, "chunk_text"), (OcrJob, "text")):
        for doc, text in _texts(model, column):
            if doc in among and doc not in found and mentions.named_in(text):
                found.add(doc)
    return found


def _texts(model: type[Any], column: str) -> Iterator[tuple[UUID, str]]:
    last = UUID(int=0)
    while True:
        with tenant_transaction():
            page = list(model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "doc_id", column)[:PAGE])
        yield from ((doc, text) for _, doc, text in page)
        if len(page) < PAGE:
            return
        last = page[-1][0]


def _found(row: Document, reason: str, subject: Subject) -> Found:
    private = row.visibility == Document.Visibility.PRIVATE
    given = not private or row.uploader_id in subject.users
    return Found(row.pk, reason, "" if private else row.title, given, Subject(documents=frozenset({row.pk})))


def give(ident: UUID) -> dict[str, Any] | None:
    with tenant_transaction():
        row = Document.objects.filter(pk=ident).first()
    return row and {
        "title": row.title,
        "file": _name(row),
        "sha256": row.sha256,
        "received_at": row.created_at,
        "visibility": row.visibility,
    }


def files(ident: UUID) -> Iterator[File]:
    with tenant_transaction():
        row = Document.objects.filter(pk=ident).first()
    if row is not None:
        path = row.storage_path
        yield File(_name(row), lambda: object_store().open(path))


def _name(row: Document) -> str:
    return f"{row.pk.hex[-8:]}-{row.original_filename}"


def erase(ident: UUID) -> None:
    """Hidden first, then purged: what is left half done is done by the next call. Raises EngineError."""
    with tenant_transaction():
        cancel_open(ident, INDEX)
        row = Document.objects.select_for_update().filter(pk=ident).first()
        if row is None:
            return
        if row.status != "deleted":
            hidden = {"status": "deleted", "restore_status": "", "deleted_at": timezone.now()}
            Document.objects.filter(pk=ident).update(**hidden)
            record("document.delete", row)
            tell(events.DocumentDeleted, row, status="deleted")
            release("documents")
    purge_document(ident)


DOCUMENTS = Source("documents", 40, find, give, erase, files, reviewed=True)
