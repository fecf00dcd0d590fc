"""From a stored file to something that can be found and cited.

read (sandboxed) -> recognize pages that are pictures -> chunk -> write chunks and postings -> embed windows -> store
vectors -> switch. The new version is built beside the live one and switched in one transaction; each step is a short
transaction that first checks that the job is still this worker's (`hold`), so that a worker taken for dead writes
nothing and a retry duplicates nothing.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from uuid import UUID

from django.utils import timezone

from engines.embeddings import ModelCard
from engines.reading import Reading, sandbox
from engines.reading.invoices import Invoice
from engines.text import Chunk as TextChunk
from engines.text.analysis import terms
from engines.text.chunking import chunk as split
from engines.vectors import Point, point_id
from passepartout.audit.services import record
from passepartout.files.store import object_store
from passepartout.jobs.services import Claim, hold, let_others, report
from passepartout.kernel.errors import Conflict, InvalidInput
from passepartout.kernel.scope import engine_call, tenant_transaction

from . import identifiers, invoices, lexical
from .contexts import RECIPE, Contexts
from .engines_in_use import embedder, readers, token_counter, vector_index
from .events import DocumentIndexed
from .models import DOCUMENT, Chunk, Document, DocumentIdentifier, DocumentInvoice, DocumentVersion, Posting
from .ocr import recognized
from .pagetext import FullText
from .purging import drop_versions, versions_but
from .telling import audience_of, tell

EMBED_BATCH = 64
ROW_BATCH = 500


def index_document(claim: Claim, document_id: UUID) -> None:
    """Index a document as one new version. Raises EngineError, ReadingError, LeaseLost, InvalidInput (``no_text``)."""
    document = _begin(claim, document_id)
    if document is None:
        return
    reading = recognized(claim, document, _read(claim, document))
    text = FullText.of(reading)
    _advance(claim, document, "chunk", pages=len(reading.pages), warnings=list(reading.warnings))
    if not any(character.isalnum() for character in text.text):
        raise InvalidInput("No text was found in this document.", code="no_text")
    chunks = split(text.text, page_starts=text.page_starts, tokens=token_counter(), cuts=text.cuts)
    with engine_call():
        model = embedder().model
    version = _store_chunks(claim, document, model, text, chunks, invoice=reading.invoice)
    _embed(claim, document, version, model, _windows(chunks, Contexts(document.title, text.text)))
    _switch(claim, document, version, model, _main_language(chunks))
    with tenant_transaction():
        old = versions_but(document.pk, keep=version.pk)
    drop_versions(old)


def _begin(claim: Claim, document_id: UUID) -> Document | None:
    """Forget what an attempt that died left behind; the live version stays. None when that attempt had got it live."""
    with tenant_transaction():
        hold(claim)
        document = _document(document_id)
        leftovers = versions_but(document_id, keep=document.live_version)
        finished = DocumentVersion.objects.filter(pk=document.live_version, job_id=claim.job).exists()
    drop_versions(leftovers)
    if finished:
        return None
    _advance(claim, document, "extract")
    return document


def _document(document_id: UUID) -> Document:
    document: Document | None = Document.objects.filter(pk=document_id, deleted_at=None).first()
    if document is None:
        raise Conflict("This document was deleted meanwhile.", code="document_gone")
    return document


def _advance(claim: Claim, document: Document, action: str, **facts: object) -> None:
    """Show the step. A document that is live keeps its status while its next version is built."""
    with tenant_transaction():
        hold(claim)
        present = _document(document.pk)
        status = present.status if present.live_version else DOCUMENT.target(action, present.status)
        Document.objects.filter(pk=document.pk).update(status=status, updated_at=timezone.now(), **facts)
        report(claim, step=DOCUMENT.transitions[action].target, audience=audience_of(present))


def _read(claim: Claim, document: Document) -> Reading:
    """A file that takes long (a bomb takes a minute) is begun anew when it holds a second slot that others wait for."""
    with engine_call(), object_store().local_path(document.storage_path) as path:
        watch = partial(let_others, claim, kept=False)
        return sandbox.read(path, document.original_filename, readers=readers(), watch=watch)


def _store_chunks(
    claim: Claim,
    document: Document,
    model: ModelCard,
    text: FullText,
    chunks: Sequence[TextChunk],
    *,
    invoice: Invoice | None,
) -> DocumentVersion:
    title = Contexts(document.title, text.text).title
    analysed = [(chunk.part, terms(f"{title}\n{chunk.text}", chunk.language)) for chunk in chunks]
    with tenant_transaction():
        hold(claim)
        version: DocumentVersion = DocumentVersion.objects.create(
            doc=document,
            job_id=claim.job,
            model=model.identifier,
            dimensions=model.dimensions,
            analyser=RECIPE,
            chunk_count=len(chunks),
            window_count=sum(len(chunk.windows) for chunk in chunks),
        )
        rows = [_row(document, version, text, chunk) for chunk in chunks]
        Chunk.objects.bulk_create(rows, batch_size=ROW_BATCH)
        postings, version.term_count = lexical.postings(version.pk, analysed)
        Posting.objects.bulk_create(postings, batch_size=ROW_BATCH)
        DocumentIdentifier.objects.bulk_create(identifiers.rows(document, version, text, chunks), batch_size=ROW_BATCH)
        DocumentInvoice.objects.bulk_create(invoices.row(document, version, invoice))
        version.save(update_fields=["term_count"])
    return version


def _row(document: Document, version: DocumentVersion, text: FullText, chunk: TextChunk) -> Chunk:
    return Chunk(
        doc=document,
        version=version,
        part_no=chunk.part,
        chunk_text=chunk.text,
        chunk_hash=text.digest(chunk.text),
        qdrant_id=point_id(document.pk, version.pk, chunk.part, 0, version.model),
        model=version.model,
        page_from=chunk.page_from,
        page_to=chunk.page_to,
        char_start=chunk.start,
        char_end=chunk.end,
        token_count=chunk.token_count,
        language=chunk.language,
        heading=chunk.heading[:300],
        boxes=text.boxes(chunk.start, chunk.end),
    )


def _embed(
    claim: Claim,
    document: Document,
    version: DocumentVersion,
    model: ModelCard,
    windows: Iterator[tuple[int, int, str]],
) -> None:
    _advance(claim, document, "embed")
    index = vector_index(model.identifier, model.dimensions)
    done = 0
    while batch := list(islice(windows, EMBED_BATCH)):
        with engine_call():
            vectors = embedder().embed([text for _, _, text in batch])
        with tenant_transaction():
            hold(claim)
            present = _document(document.pk)
        index.upsert(
            [
                Point(
                    id=point_id(document.pk, version.pk, part, number, model.identifier),
                    tenant=claim.organization,
                    document=document.pk,
                    version=version.pk,
                    chunk=point_id(document.pk, version.pk, part, 0, model.identifier),
                    part=part,
                    window=number,
                    vector=vector,
                )
                for (part, number, _), vector in zip(batch, vectors, strict=True)
            ]
        )
        done += len(batch)
        with tenant_transaction():
            report(
                claim,
                step="embedding",
                done=done,
                total=version.window_count,
                audience=audience_of(present),
            )


def _windows(chunks: Sequence[TextChunk], contexts: Contexts) -> Iterator[tuple[int, int, str]]:
    """(part, window number, text with its context) of every window, in order."""
    for chunk in chunks:
        for window in chunk.windows:
            text = chunk.text[window.start - chunk.start : window.end - chunk.start]
            yield chunk.part, window.number, contexts.before(window.start) + text


def _switch(claim: Claim, document: Document, version: DocumentVersion, model: ModelCard, language: str) -> None:
    """Make the version live: one transaction, after counting that every window has its vector."""
    stored = vector_index(model.identifier, model.dimensions).count(claim.organization, version.pk)
    if stored != version.window_count:
        raise Conflict(f"{stored} of {version.window_count} vectors were stored.", code="vectors_missing")
    with tenant_transaction():
        hold(claim)
        present = _document(document.pk)
        status = present.status if present.live_version else DOCUMENT.target("index", present.status)
        Document.objects.filter(pk=document.pk).update(
            status=status,
            live_version=version.pk,
            language=present.language or language,
            indexed_at=timezone.now(),
            updated_at=timezone.now(),
            error_code="",
            error_detail="",
        )
        record("document.indexed", document, detail={"version": str(version.pk), "model": model.identifier})
        tell(DocumentIndexed, present, status=status, version=version.pk)


def _main_language(chunks: Sequence[TextChunk]) -> str:
    """The language of most of the text."""
    weight: dict[str, int] = {}
    for chunk in chunks:
        weight[chunk.language] = weight.get(chunk.language, 0) + chunk.token_count
    return max(weight, key=lambda language: weight[language])
