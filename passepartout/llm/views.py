"""The prompt library; recorded calls, read and asked again; a call of the administrator's own."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.jobs import gpus
from passepartout.kernel.errors import NotFound
from passepartout.kernel.scope import tenant_transaction
from passepartout.tenancy.rest import ScopedView

from . import engines_in_use, reading, replaying, selectors, services
from . import serializers as shapes
from .filters import LlmJobFilter
from .models import LlmJob, PromptLabel

KEY = OpenApiParameter("key", OpenApiTypes.STR, OpenApiParameter.PATH)
LABEL = OpenApiParameter("label", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(PromptLabel.Name.values))


class PromptsView(ScopedView):
    resource = "prompts"

    @extend_schema(responses=shapes.PromptOut(many=True))
    def get(self, request: Request) -> Response:
        """All prompts, with the versions that the organization wrote and what each label names."""
        return Response(shapes.PromptOut(selectors.catalogue(), many=True).data)

    @extend_schema(request=shapes.PromptIn, responses={201: shapes.PromptVersionOut})
    def post(self, request: Request) -> Response:
        """Write a version of the prompt that `key` names. Nothing uses it before a label names it."""
        form = shapes.PromptIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.create_prompt_version(self.caller, **form.validated_data)
        return Response(shapes.PromptVersionOut(row).data, status=status.HTTP_201_CREATED)


class PromptVersionsView(ScopedView):
    resource = "prompts"

    @extend_schema(parameters=[KEY], request=shapes.PromptVersionIn, responses={201: shapes.PromptVersionOut})
    def post(self, request: Request, key: str) -> Response:
        """Write a version. Nothing uses it before a label names it."""
        form = shapes.PromptVersionIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.create_prompt_version(self.caller, key, **form.validated_data)
        return Response(shapes.PromptVersionOut(row).data, status=status.HTTP_201_CREATED)


class PromptDiffView(ScopedView):
    resource = "prompts"

    @extend_schema(parameters=[KEY, shapes.PromptDiffIn], responses=shapes.PromptDiffOut)
    def get(self, request: Request, key: str) -> Response:
        """Where two versions differ, line by line; without numbers, the one in production from the code's."""
        form = shapes.PromptDiffIn(data=request.query_params)
        form.is_valid(raise_exception=True)
        before = selectors.prompt_version(key, form.validated_data["before"])
        number = form.validated_data.get("after")
        after = selectors.prompt_in_use(key) if number is None else selectors.prompt_version(key, number)
        return Response(shapes.PromptDiffOut(selectors.prompt_diff(before, after)).data)


class PromptTestView(ScopedView):
    resource = "prompts"
    in_transaction = False

    @extend_schema(parameters=[KEY], request=shapes.PromptTestIn, responses=shapes.PromptTestOut)
    def post(self, request: Request, key: str, number: int) -> Response:
        """Ask the model with this version and sample variables. Recorded and metered; no label moves."""
        form = shapes.PromptTestIn(data=request.data)
        form.is_valid(raise_exception=True)
        job, messages = replaying.try_out(self.caller, key, number, **form.validated_data)
        return Response(shapes.PromptTestOut({"job": job, "messages": messages, "text": job.result}).data)


class PromptLabelView(ScopedView):
    resource = "prompts"
    verbs = {"put": "transition"}
    in_transaction = False

    @extend_schema(parameters=[KEY, LABEL], responses=shapes.PromptLabelOut)
    def get(self, request: Request, key: str, label: str) -> Response:
        """What a label names, and its history."""
        with tenant_transaction():
            return Response(shapes.PromptLabelOut(selectors.prompt_label(key, label)).data)

    @extend_schema(parameters=[KEY, LABEL], request=shapes.PromptMoveIn, responses=shapes.PromptMoveOut)
    def put(self, request: Request, key: str, label: str) -> Response:
        """Let a label name another version, 0 for the code's. Guards may refuse, or add warnings."""
        form = shapes.PromptMoveIn(data=request.data)
        form.is_valid(raise_exception=True)
        if label not in PromptLabel.Name.values:
            raise NotFound("There is no such label.")
        move = services.move_prompt_label(self.caller, key, label, **form.validated_data)
        return Response(shapes.PromptMoveOut(move).data)


class LlmJobsView(ScopedView, generics.ListAPIView[LlmJob]):
    """What engines were asked, newest first: one's own, or the whole organization's by role. Without the texts."""

    resource = "llm_jobs"
    queryset = LlmJob.objects.none()
    serializer_class = shapes.LlmJobOut
    filterset_class = LlmJobFilter

    def get_queryset(self) -> Any:
        return reading.jobs_visible_to(self.caller)


class LlmJobView(ScopedView):
    resource = "llm_jobs"

    @extend_schema(responses=shapes.LlmJobDetailOut)
    def get(self, request: Request, pk: UUID) -> Response:
        """One call with its prompt, passages and answer, as far as you may see the passages."""
        return Response(shapes.LlmJobDetailOut(reading.detail_of(self.caller, self.ident())).data)


class LlmJobReplayView(ScopedView):
    resource = "llm_jobs"
    verbs = {"post": "use"}
    in_transaction = False

    @extend_schema(request=None, responses=shapes.ReplayOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Tell the model the same again and compare the answers, sentence by sentence."""
        return Response(shapes.ReplayOut(replaying.replay(self.caller, self.ident())).data)


class EnginesView(ScopedView):
    resource = "jobs"

    @extend_schema(responses=shapes.EnginesOut)
    def get(self, request: Request) -> Response:
        """How the language model is, and who computes on each GPU: "GPU busy: language model, for 12 s, 3 wait"."""
        found = {"language_model": engines_in_use.language_model_state(), "gpus": gpus.shown()}
        return Response(shapes.EnginesOut(found).data)


class LlmRunView(ScopedView):
    resource = "llm_run"
    verbs = {"post": "use"}
    in_transaction = False

    @extend_schema(request=shapes.LlmRunIn, responses=shapes.LlmRunOut)
    def post(self, request: Request) -> Response:
        """Ask the model with a prompt of the library or of your own. Recorded and metered; reads no document."""
        form = shapes.LlmRunIn(data=request.data)
        form.is_valid(raise_exception=True)
        job = replaying.run(self.caller, **form.validated_data)
        return Response(shapes.LlmRunOut({"job": job, "text": job.result}).data)
