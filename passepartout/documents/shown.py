"""Following the labels of a recorded call to the chunks that they name, as far as the reader may see them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from engines.text.citations import parse
from passepartout.llm.contexts import HIDDEN, Shown
from passepartout.tenancy.callers import Caller

from .models import Chunk, Document, DocumentVersion
from .selectors import documents_visible_to


def follow(caller: Caller, labels: Sequence[str], since: datetime) -> list[Shown]:
    """One `Shown` for each label. A document that is gone and one that is hidden look the same."""
    places = [_place(label) for label in labels]
    wanted = {document for document, _ in places if document is not None}
    seen = {row.pk: row for row in documents_visible_to(caller).filter(pk__in=wanted, live_version__isnull=False)}
    versions = {row.live_version for row in seen.values()}
    chunks = Chunk.objects.filter(version_id__in=versions, part_no__in={part for _, part in places})
    parts = set(chunks.values_list("doc_id", "part_no"))
    fresh = set(DocumentVersion.objects.filter(pk__in=versions, created_at__gt=since).values_list("pk", flat=True))
    return [
        _shown(label, seen[document], part, changed=seen[document].live_version in fresh)
        if document in seen and (document, part) in parts
        else HIDDEN
        for label, (document, part) in zip(labels, places, strict=True)
    ]


def _shown(label: str, document: Document, part: int, *, changed: bool) -> Shown:
    address = f"/api/v1/documents/{document.pk}/chunks/"
    return Shown(True, label, str(document.pk), document.title, part, address, changed)


def _place(label: str) -> tuple[UUID | None, int]:
    found = parse(label)
    try:
        return (UUID(found[0].document_id), found[0].part) if found else (None, 0)
    except ValueError:
        return None, 0
