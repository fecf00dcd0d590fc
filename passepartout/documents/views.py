"""Documents, their files, pages and chunks; search."""

import io
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from engines.reading import ReadingError, sandbox
from engines.reading.sniff import DRAWN
from engines.text.citations import label
from passepartout.files import downloads
from passepartout.files.parsers import TemporaryFileParser, UploadParser
from passepartout.files.store import object_store
from passepartout.files.uploads import clean_name, storage_errors
from passepartout.jobs import selectors as jobs
from passepartout.kernel.errors import InvalidInput, NotFound, Unavailable
from passepartout.kernel.rest.throttling import CallerThrottle, EmbedThrottle
from passepartout.kernel.scope import engine_call, scope, tenant_transaction
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.rest import ScopedView
from passepartout.tenancy.selectors import caller_in

from . import identifiers, retrieval, selectors, services
from . import serializers as shapes
from .engines_in_use import embedder, engine_errors
from .filters import DocumentFilter
from .models import Chunk, Document
from .reading_now import read_now

PNG_WIDTHS = (100, 2000)


class DocumentsView(ScopedView, generics.ListAPIView[Document]):
    resource = "documents"
    queryset = Document.objects.none()
    serializer_class = shapes.DocumentOut
    parser_classes = [UploadParser]
    filterset_class = DocumentFilter

    @property
    def in_transaction(self) -> bool:  # type: ignore[override]
        return self.request.method == "GET"  # an upload is received, then written in its own short transaction

    def get_queryset(self) -> Any:
        if self.request.query_params.get("deleted") == "true":
            return selectors.documents_restorable_by(self.caller)
        return selectors.documents_visible_to(self.caller)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "caller": self.caller}

    @extend_schema(
        request={"multipart/form-data": shapes.UploadIn},
        responses={201: shapes.DocumentOut, 200: OpenApiResponse(shapes.DocumentOut, "this file was here already")},
    )
    def post(self, request: Request) -> Response:
        """Upload a file. It is read, indexed and answerable a moment later: follow its status."""
        form = shapes.UploadIn(data=request.data)
        form.is_valid(raise_exception=True)
        if sum(len(files) for _, files in request.FILES.lists()) > 1:
            raise InvalidInput("Send one file at a time.", code="one_file", field="file")
        wishes = dict(form.validated_data)
        document, new = services.upload_document(self.caller, wishes.pop("file"), **wishes)
        return Response(
            shapes.DocumentOut(document, context={"caller": self.caller}).data,
            status=status.HTTP_201_CREATED if new else status.HTTP_200_OK,
        )


class DocumentView(ScopedView):
    resource = "documents"

    @extend_schema(responses=shapes.DocumentDetailOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """With the data of a hybrid invoice (Factur-X), which are surer than what its pages say."""
        document = selectors.document_visible_to(self.caller, self.ident())
        return Response(shapes.DocumentDetailOut(document, context={"caller": self.caller}).data)

    @extend_schema(request=shapes.DocumentChange, responses=shapes.DocumentOut)
    def patch(self, request: Request, pk: UUID) -> Response:
        form = shapes.DocumentChange(data=request.data)
        form.is_valid(raise_exception=True)
        document = selectors.document_visible_to(self.caller, self.ident())
        document = services.change_document(self.caller, document, **form.validated_data)
        return Response(shapes.DocumentOut(document, context={"caller": self.caller}).data)


class StatusView(ScopedView):
    resource = "documents"

    @extend_schema(responses=shapes.StatusOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """Where a document is on its way to being answerable."""
        document = selectors.document_visible_to(self.caller, self.ident())
        job = jobs.latest_for(document.pk)
        facts = {
            "status": document.status,
            "step": job.step if job else "",
            "progress": {"done": job.done if job else 0, "total": job.total if job else 0},
            "running": job is not None and job.is_open,
            "error": shapes.error_of(document),
        }
        return Response(shapes.StatusOut(facts).data)


class ActionView(ScopedView):
    resource = "documents"
    verbs = {"post": "transition"}

    @extend_schema(
        request=None,
        responses=shapes.DocumentOut,
        parameters=[OpenApiParameter("action", str, "path", enum=["reindex", "retry", "delete", "restore"])],
    )
    def post(self, request: Request, pk: UUID, action: str) -> Response:
        """reindex, retry, delete (with undo) or restore."""
        document = selectors.document_visible_to(self.caller, self.ident(), deleted=action == "restore")
        document = services.act_on_document(self.caller, document, action)
        return Response(shapes.DocumentOut(document, context={"caller": self.caller}).data)


class ChunksView(ScopedView, generics.ListAPIView[Chunk]):
    """The parts that a document was cut into, in order."""

    resource = "documents"
    queryset = Chunk.objects.none()
    serializer_class = shapes.ChunkOut
    pagination_class = None
    filter_backends = []

    def get_queryset(self) -> Any:
        return selectors.chunks_of(selectors.document_visible_to(self.caller, self.ident()))


class IdentifiersView(ScopedView):
    resource = "documents"

    @extend_schema(responses=shapes.IdentifierOut(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """Parcels, companies, accounts and invoices that a document names; accounts are masked for most roles."""
        document = selectors.document_visible_to(self.caller, self.ident())
        return Response(shapes.IdentifierOut(identifiers.identifiers_of(self.caller, document), many=True).data)


class FileView(ScopedView):
    """With a bearer token: a redirect to a link that works for five minutes without one. With the link: the file."""

    resource = "documents"
    in_transaction = False

    def get_permissions(self) -> Any:
        return [AllowAny()] if "signature" in self.request.query_params else super().get_permissions()

    @extend_schema(
        parameters=[OpenApiParameter("signature", str)],
        responses={302: None, (200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        ident = self.ident()
        signature = request.query_params.get("signature")
        if signature is not None:
            return _signed_file(signature, ident)
        with tenant_transaction():
            selectors.document_visible_to(self.caller, ident)
        token = downloads.sign(organization=self.caller.organization.pk, user=self.caller.user.pk, target=ident)
        answer = HttpResponseRedirect(f"{reverse('document-file', args=[ident])}?signature={token}")
        answer["Cache-Control"] = "no-store"
        return answer


def _signed_file(signature: str, ident: UUID) -> HttpResponse:
    """Membership and visibility are asked again: a link does not outlive the right it was made with."""
    organization, user = downloads.read(signature, target=ident)
    caller = caller_in(user, organization)
    with scope(organization=organization, user=user), tenant_transaction():
        document = _readable(caller, ident)
    source, size = _served(document)
    return downloads.FileAnswer(source, filename=document.original_filename, mime=document.mime, size=size)  # type: ignore[return-value]


def _served(document: Document) -> tuple[BinaryIO, int]:
    """The stored bytes; of a picture, a copy without its EXIF: what is stored stays as it was sent (ADR 0008)."""
    if not document.mime.startswith("image/"):
        with storage_errors():
            return object_store().open(document.storage_path), document.size
    try:
        with engine_call(), storage_errors(), object_store().local_path(document.storage_path) as path:
            content = sandbox.without_metadata(path)
    except ReadingError as error:
        if not error.permanent:
            raise Unavailable("The file cannot be served now.", code=error.code, retry_after=5) from error
        raise NotFound("This picture is broken and cannot be served.", code=error.code) from error
    return io.BytesIO(content), len(content)


def _readable(caller: Caller, ident: UUID) -> Document:
    caller.require("documents", "read")
    return selectors.document_visible_to(caller, ident)


class PageView(ScopedView):
    resource = "documents"
    in_transaction = False

    @extend_schema(
        parameters=[OpenApiParameter("width", int, description="pixels, 100 to 2000")],
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: UUID, number: int) -> HttpResponse:
        """A page of a PDF or of a picture file, as a PNG."""
        width = _number(request, "width", PNG_WIDTHS, default=1000)
        with tenant_transaction():
            document = selectors.document_visible_to(self.caller, self.ident())
        if document.mime not in DRAWN:
            raise NotFound("This document has no pages to draw.", code="no_pages")
        if document.pages is not None and not 1 <= number <= document.pages:
            raise NotFound("There is no such page.", code="page_missing")
        try:
            with engine_call(), storage_errors(), object_store().local_path(document.storage_path) as path:
                png = sandbox.render(path, page=number, width=width)
        except ReadingError as error:
            if not error.permanent:
                raise Unavailable("The page cannot be drawn now.", code=error.code, retry_after=5) from error
            raise NotFound("There is no such page, or it cannot be drawn.", code=error.code) from error
        return HttpResponse(png, content_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


def _number(request: Request, name: str, bounds: tuple[int, int], *, default: int) -> int:
    """A whole number of the query string. Raises InvalidInput."""
    text = request.query_params.get(name, str(default))
    low, high = bounds
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(high)) and low <= int(text) <= high):
        raise InvalidInput(f"{name} lies between {low} and {high}.", field=name)
    return int(text)


class EmbeddingsView(ScopedView):
    resource = "embeddings"
    verbs = {"post": "use"}
    in_transaction = False
    throttle_classes = [CallerThrottle, EmbedThrottle]

    @extend_schema(request=shapes.EmbeddingsIn, responses=shapes.EmbeddingsOut)
    def post(self, request: Request) -> Response:
        """The vectors of some texts, by the model that documents are indexed with. Nothing is kept."""
        form = shapes.EmbeddingsIn(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(shapes.EmbeddingsOut(embedded(form.validated_data["texts"], field="texts")).data)


def embedded(texts: list[str], *, field: str) -> dict[str, Any]:
    with engine_call(), engine_errors(field):
        model = embedder().model
        vectors = embedder().embed(texts)
    return {"model": model.identifier, "dimensions": model.dimensions, "embeddings": vectors.tolist()}


class OcrView(ScopedView):
    resource = "ocr"
    verbs = {"post": "use"}
    in_transaction = False
    parser_classes = [TemporaryFileParser]
    throttle_classes = [CallerThrottle, EmbedThrottle]

    @extend_schema(request={"multipart/form-data": shapes.OcrIn}, responses=shapes.OcrOut)
    def post(self, request: Request) -> Response:
        """The text of a file, pages that are pictures recognized (ten at most). Nothing is kept."""
        return Response(shapes.OcrOut(text_of(request)).data)


def text_of(request: Request, field: str = "file") -> dict[str, Any]:
    """``field``: another name that the file may have."""
    form = shapes.OcrIn(data={"file": request.FILES.get("file") or request.FILES.get(field)})
    form.is_valid(raise_exception=True)
    file = form.validated_data["file"]
    pages = read_now(Path(file.temporary_file_path()), clean_name(file.name))
    return {"text": "\n\n".join(page.text for page in pages), "pages": pages}


class SearchView(ScopedView):
    resource = "search"
    verbs = {"get": "use"}
    in_transaction = False

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, required=True),
            OpenApiParameter("limit", int, description="1 to 50, default 10"),
        ],
        responses=shapes.SearchOut,
    )
    def get(self, request: Request) -> Response:
        """The parts of documents that match, best first: the same retrieval that answers questions."""
        query = request.query_params.get("q", "")
        limit = _number(request, "limit", (1, retrieval.DEPTH), default=10)
        result = retrieval.retrieve(self.caller, query, limit=limit)
        facts = {
            "query": query,
            "language": result.language,
            "engines": result.engines,
            "results": [hit_facts(found) for found in result.found],
        }
        return Response(shapes.SearchOut(facts).data)


def hit_facts(found: retrieval.Found) -> dict[str, Any]:
    chunk = found.chunk
    return {
        "label": label(str(chunk.doc_id), chunk.part_no),
        "document": chunk.doc_id,
        "title": chunk.doc.title,
        "part": chunk.part_no,
        "page": chunk.page_from,
        "page_to": chunk.page_to,
        "text": chunk.chunk_text,
        "language": chunk.language,
        "score": round(found.score, 6),
        "similarity": round(found.similarity, 4),
    }
