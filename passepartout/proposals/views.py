"""What a model or a person proposed to read or change, and what people decide about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.kernel.errors import NotFound
from passepartout.kernel.scope import tenant_transaction
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.rest import ScopedView

from . import selectors, services
from . import serializers as shapes
from .filters import ProposalFilter
from .models import Proposal

ACTIONS: dict[str, Callable[[Caller, UUID, str], Proposal]] = {
    "approve": lambda caller, ident, comment: services.approve(caller, ident, comment=comment),
    "reject": lambda caller, ident, comment: services.reject(caller, ident, comment=comment),
    "execute": lambda caller, ident, _: services.execute(caller, ident),
    "cancel": lambda caller, ident, _: services.cancel(caller, ident),
}


class ProposalsView(ScopedView, generics.ListAPIView[Proposal]):
    resource = "proposals"
    queryset = Proposal.objects.none()
    serializer_class = shapes.ProposalLine
    filterset_class = ProposalFilter

    @property
    def in_transaction(self) -> bool:  # type: ignore[override]
        return self.request.method == "GET"  # a preview is another connection's work, outside any transaction

    def get_queryset(self) -> Any:
        return selectors.proposals_visible_to(self.caller)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "caller": self.caller}

    @extend_schema(request=shapes.ProposalIn, responses={201: shapes.ProposalOut})
    def post(self, request: Request) -> Response:
        """Propose a statement of one's own. The same gate as for a model: what it refuses is kept, with its reason."""
        form = shapes.ProposalIn(data=request.data)
        form.is_valid(raise_exception=True)
        wishes = form.validated_data
        proposal = services.propose(self.caller, wishes["sql"], question=wishes["question"], source="person")
        return Response(_shown(self, proposal), status=status.HTTP_201_CREATED)


class ProposalView(ScopedView):
    resource = "proposals"

    @extend_schema(responses=shapes.ProposalOut)
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(_shown(self, selectors.proposal_visible_to(self.caller, self.ident())))


class ActionView(ScopedView):
    resource = "proposals"
    in_transaction = False

    @extend_schema(
        request=shapes.DecisionIn,
        responses=shapes.ProposalOut,
        parameters=[OpenApiParameter("action", str, "path", enum=sorted(ACTIONS))],
    )
    def post(self, request: Request, pk: UUID, action: str) -> Response:
        """approve, reject, execute or cancel: those of `allowed_actions`. A change is never approved by who asked."""
        form = shapes.DecisionIn(data=request.data)
        form.is_valid(raise_exception=True)
        act = ACTIONS.get(action)
        if act is None:
            raise NotFound("There is no such action.", code="unknown_action")
        proposal = act(self.caller, self.ident(), form.validated_data["comment"])
        return Response(_shown(self, proposal))


class PolicyView(ScopedView):
    """What runs without asking a person: reads of these roles. Changes always wait for another administrator."""

    resource = "organization"

    @extend_schema(responses=shapes.PolicyShape)
    def get(self, request: Request) -> Response:
        return Response({"reads_at_once": selectors.reads_at_once()})

    @extend_schema(request=shapes.PolicyShape, responses=shapes.PolicyShape)
    def put(self, request: Request) -> Response:
        form = shapes.PolicyShape(data=request.data)
        form.is_valid(raise_exception=True)
        policy = services.set_policy(self.caller, reads_at_once=form.validated_data["reads_at_once"])
        return Response({"reads_at_once": policy.reads_at_once})


def _shown(view: ScopedView, proposal: Proposal) -> dict[str, Any]:
    with tenant_transaction():
        return dict(shapes.ProposalOut(proposal, context={"caller": view.caller}).data)
