"""The first plan's addresses below /api/ai/, with its field names: the same views, for programs written against it."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.kernel.errors import Conflict
from passepartout.tenancy.rest import ScopedView

from . import selectors, views
from . import serializers as shapes
from .models import DOCUMENT, Document

QUEUED = "queued"
RETRY_SECONDS = 5


class QueuedOut(serializers.Serializer[Any]):
    document_id = serializers.UUIDField()
    status = serializers.CharField(help_text='"queued" until it is indexed, failed or rejected')


class IndexedIn(serializers.Serializer[Any]):
    document_id = serializers.UUIDField()


class EmbedIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=8000, trim_whitespace=False)


class OcrAliasIn(serializers.Serializer[Any]):
    pdf = serializers.FileField(help_text="or ``file``")


class EmbedOut(serializers.Serializer[Any]):
    embedding = serializers.ListField(child=serializers.FloatField())
    model = serializers.CharField()
    dimensions = serializers.IntegerField()


def _status(state: str) -> str:
    return QUEUED if state == DOCUMENT.start else state


class UploadAlias(views.DocumentsView):
    http_method_names = ["post", "options"]

    @extend_schema(request={"multipart/form-data": shapes.UploadIn}, responses={201: QueuedOut, 200: QueuedOut})
    def post(self, request: Request) -> Response:
        """Upload a file; it is read and indexed in the background. `POST /api/v1/documents/` by its first name."""
        answer = super().post(request)
        facts = {"document_id": answer.data["id"], "status": _status(answer.data["status"])}
        return Response(QueuedOut(facts).data, status=answer.status_code)


class IndexedAlias(ScopedView):
    resource = "documents"
    verbs = {"post": "read"}

    @extend_schema(request=IndexedIn, responses=QueuedOut)
    def post(self, request: Request) -> Response:
        """Whether a document is indexed: 200 when it is, 409 `not_indexed` until then, so that a workflow may retry.

        Nobody can mark a document as indexed from outside: it is when every vector is stored, and an event tells.
        """
        form = IndexedIn(data=request.data)
        form.is_valid(raise_exception=True)
        document = selectors.document_visible_to(self.caller, form.validated_data["document_id"])
        if document.live_version is None:
            raise _not_indexed(document)
        return Response(QueuedOut({"document_id": document.pk, "status": "indexed"}).data)


def _not_indexed(document: Document) -> Conflict:
    return Conflict(
        "This document is not indexed.",
        code="not_indexed",
        retry_after=None if document.status in {"failed", "rejected"} else RETRY_SECONDS,
        document_status=_status(document.status),
        document_error=shapes.error_of(document),
    )


class EmbedAlias(views.EmbeddingsView):
    @extend_schema(request=EmbedIn, responses={status.HTTP_200_OK: EmbedOut})
    def post(self, request: Request) -> Response:
        """The vector of a text. `POST /api/v1/embeddings/` by its first name."""
        form = EmbedIn(data=request.data)
        form.is_valid(raise_exception=True)
        facts = views.embedded([form.validated_data["text"]], field="text")
        return Response(EmbedOut({**facts, "embedding": facts["embeddings"][0]}).data)


class OcrAlias(views.OcrView):
    @extend_schema(request={"multipart/form-data": OcrAliasIn}, responses=shapes.OcrOut)
    def post(self, request: Request) -> Response:
        """The text of a PDF. `POST /api/v1/ocr/` by its first name; the file's field is ``pdf``."""
        return Response(shapes.OcrOut(views.text_of(request, field="pdf")).data)


_VIEWS = {"documents/upload": UploadAlias, "documents/indexed": IndexedAlias, "embed": EmbedAlias, "ocr": OcrAlias}
urlpatterns = [
    *(path(f"{name}/", view.as_view(), name=f"ai-{name}") for name, view in _VIEWS.items()),
    *(path(name, view.as_view(schema=None)) for name, view in _VIEWS.items()),  # a POST survives no redirect
]
