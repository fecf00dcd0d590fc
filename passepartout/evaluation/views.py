"""Golden questions, runs, and the retrieval test."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.kernel.errors import NotFound
from passepartout.tenancy.rest import ScopedView

from . import explaining, selectors, services
from . import serializers as shapes
from .models import GoldenQuestion, GoldenRun

ACTIONS = ("accept", "override")


class GoldenQuestionsView(ScopedView, generics.ListAPIView[GoldenQuestion]):
    resource = "golden"
    queryset = GoldenQuestion.objects.none()
    serializer_class = shapes.GoldenQuestionOut

    def get_queryset(self) -> Any:
        return selectors.questions()

    @extend_schema(request=shapes.GoldenQuestionIn, responses={201: shapes.GoldenQuestionOut})
    def post(self, request: Request) -> Response:
        """Keep a question whose right answer is known: where it stands, or that nothing says it."""
        form = shapes.GoldenQuestionIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.add_question(self.caller, **form.validated_data)
        return Response(shapes.GoldenQuestionOut(row).data, status=status.HTTP_201_CREATED)


class GoldenQuestionView(ScopedView):
    resource = "golden"

    @extend_schema(responses=shapes.GoldenQuestionOut)
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.GoldenQuestionOut(selectors.question(self.ident())).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        services.remove_question(self.caller, self.ident())
        return Response(status=status.HTTP_204_NO_CONTENT)


class GoldenRunsView(ScopedView, generics.ListAPIView[GoldenRun]):
    resource = "golden"
    queryset = GoldenRun.objects.none()
    serializer_class = shapes.GoldenRunOut

    def get_queryset(self) -> Any:
        return selectors.runs()

    @extend_schema(request=None, responses={201: shapes.GoldenRunOut})
    def post(self, request: Request) -> Response:
        """Ask all golden questions in the background, as you see the documents; follow the run by its id."""
        row = services.start_run(self.caller)
        return Response(shapes.GoldenRunOut(row).data, status=status.HTTP_201_CREATED)


class GoldenRunView(ScopedView):
    resource = "golden"

    @extend_schema(responses=shapes.GoldenRunOut)
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.GoldenRunOut(selectors.run(self.ident())).data)


class GoldenRunActionView(ScopedView):
    resource = "golden"
    verbs = {"post": "approve"}

    @extend_schema(
        request=shapes.RunActionIn,
        responses=shapes.GoldenRunOut,
        parameters=[OpenApiParameter("action", str, "path", enum=list(ACTIONS))],
    )
    def post(self, request: Request, pk: UUID, action: str) -> Response:
        """accept: compare later runs with this one. override: let the change that it refused pass once; say why."""
        if action not in ACTIONS:
            raise NotFound("There is no such action.", code="unknown_action")
        form = shapes.RunActionIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.act_on_run(self.caller, self.ident(), action, **form.validated_data)
        return Response(shapes.GoldenRunOut(row).data)


class RetrievalTestView(ScopedView):
    resource = "retrieval_test"
    verbs = {"get": "use"}
    in_transaction = False

    @extend_schema(parameters=[OpenApiParameter("q", str, required=True)], responses=shapes.RetrievalTestOut)
    def get(self, request: Request) -> Response:
        """What search and ask would be given for a question, and why: both scores of each candidate, best first."""
        facts = explaining.explained(self.caller, request.query_params.get("q", ""))
        return Response(shapes.RetrievalTestOut(facts).data)
