"""The prompt library of an organization."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.kernel.errors import NotFound
from passepartout.tenancy.rest import ScopedView

from . import selectors, services
from . import serializers as shapes
from .models import PromptLabel

KEY = OpenApiParameter("key", OpenApiTypes.STR, OpenApiParameter.PATH)
LABEL = OpenApiParameter("label", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(PromptLabel.Name.values))


class PromptsView(ScopedView):
    resource = "prompts"

    @extend_schema(responses=shapes.PromptOut(many=True))
    def get(self, request: Request) -> Response:
        """All prompts, with the versions that the organization wrote and what each label names."""
        return Response(shapes.PromptOut(selectors.catalogue(), many=True).data)


class PromptVersionsView(ScopedView):
    resource = "prompts"

    @extend_schema(parameters=[KEY], request=shapes.PromptVersionIn, responses={201: shapes.PromptVersionOut})
    def post(self, request: Request, key: str) -> Response:
        """Write a version. Nothing uses it before a label names it."""
        form = shapes.PromptVersionIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.create_prompt_version(self.caller, key, **form.validated_data)
        return Response(shapes.PromptVersionOut(row).data, status=status.HTTP_201_CREATED)


class PromptLabelView(ScopedView):
    resource = "prompts"
    verbs = {"put": "transition"}
    in_transaction = False

    @extend_schema(parameters=[KEY, LABEL], request=shapes.PromptMoveIn, responses=shapes.PromptMoveOut)
    def put(self, request: Request, key: str, label: str) -> Response:
        """Let a label name another version, 0 for the code's. Guards may refuse, or add warnings."""
        form = shapes.PromptMoveIn(data=request.data)
        form.is_valid(raise_exception=True)
        if label not in PromptLabel.Name.values:
            raise NotFound("There is no such label.")
        move = services.move_prompt_label(self.caller, key, label, **form.validated_data)
        return Response(shapes.PromptMoveOut(move).data)
