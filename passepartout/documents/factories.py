"""Rows for tests: documents without their files."""

import hashlib
from uuid import UUID

from passepartout.files.models import StoredObject
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant
from passepartout.tenancy.models import Organization

from .models import Document, DocumentVersion

MODEL = "all-MiniLM-L6-v2/fp32"


def document_row(*, ident: UUID | None = None, title: str = "Contrat", **fields: object) -> Document:
    """A document in the scope in force, its content made up."""
    ident = ident or new_id()
    sha256 = hashlib.sha256(str(ident).encode()).hexdigest()
    content = StoredObject.objects.create(sha256=sha256, size=1, mime="text/plain", storage_path=f"x/{sha256}")
    document: Document = Document.objects.create(
        id=ident,
        title=title,
        original_filename="contrat.txt",
        content=content,
        storage_path=content.storage_path,
        size=1,
        sha256=sha256,
        mime="text/plain",
        **fields,
    )
    return document


def version_row(*, organization: UUID, document: UUID, version: UUID, model: str = MODEL) -> None:
    """An organization, a document and its version with these ids, made when they are not there."""
    with tenant(organization):
        Organization.objects.get_or_create(pk=organization, defaults={"name": "Made for a test"})
        row = Document.objects.filter(pk=document).first() or document_row(ident=document)
        DocumentVersion.objects.get_or_create(
            pk=version, defaults={"doc": row, "job_id": new_id(), "model": model, "dimensions": 16, "analyser": "1"}
        )
