"""For tests: documents without their files, and real ones through the API."""

import hashlib
from typing import Any
from uuid import UUID

from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from rest_framework.test import APIClient

from passepartout.files.models import StoredObject
from passepartout.jobs.models import Job
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import Person
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


def sent(client: APIClient, content: bytes | str, name: str = "contrat.txt", /, **fields: object) -> Any:
    """The answer to an upload."""
    body = content.encode() if isinstance(content, str) else content
    return client.post("/api/v1/documents/", {"file": SimpleUploadedFile(name, body), **fields}, format="multipart")


def uploaded(client: APIClient, content: bytes | str, name: str = "contrat.txt", /, **fields: object) -> str:
    """The id of a document that waits to be indexed."""
    answer = sent(client, content, name, **fields)
    assert answer.status_code in {200, 201}, answer.content
    return str(answer.json()["id"])


def work(organization: Organization) -> int:
    """Do an organization's queued jobs, as a worker would, those too that wait to be tried again; returns how many."""
    with tenant(organization.pk):
        Job.objects.filter(state="queued").update(run_after=F("created_at"))
        queued = list(Job.objects.filter(state="queued").order_by("created_at").values_list("kind", "pk"))
    current_app.loader.import_default_modules()  # as a worker does when it starts
    for kind, job in queued:
        current_app.tasks[kind](str(job))
    return len(queued)


def indexed(
    client: APIClient, person: Person, content: bytes | str, name: str = "contrat.txt", /, **fields: object
) -> str:
    """The id of a document that was uploaded and read, cut, embedded and stored."""
    ident = uploaded(client, content, name, **fields)
    work(person.organization)
    return ident
