"""The first plan's address of ask: the same view; ``sources`` are then the ids that its answer cites them by."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from . import serializers as shapes
from . import views


class AskAliasOut(shapes.AnswerOut):
    sources = serializers.ListField(child=serializers.CharField(), help_text="document-part")  # type: ignore[assignment]


class AskAlias(views.AskView):
    @extend_schema(request=shapes.AskIn, responses=AskAliasOut)
    def post(self, request: Request) -> Response:
        """Ask the documents you may see. `POST /api/v1/ask/` by its first name."""
        answer = super().post(request)
        facts: dict[str, Any] = {**answer.data}
        facts["sources"] = [f"{source['document']}-{source['part']}" for source in facts["sources"]]
        return Response(facts, status=answer.status_code)


urlpatterns = [
    path("ask/", AskAlias.as_view(), name="ai-ask"),
    path("ask", AskAlias.as_view(schema=None)),  # a POST survives no redirect
]
