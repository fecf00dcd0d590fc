"""People's requests about their data; for how long things are kept."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.audit.services import record
from passepartout.files import downloads
from passepartout.files.store import object_store
from passepartout.files.uploads import storage_errors
from passepartout.kernel.scope import scope, tenant_transaction
from passepartout.tenancy.rest import ScopedView
from passepartout.tenancy.selectors import caller_in

from . import selectors, services
from . import serializers as shapes
from .exporting import MIME
from .filters import DataRequestFilter
from .models import DataRequest, DataRequestItem


class DataRequestsView(ScopedView, generics.ListAPIView[DataRequest]):
    resource = selectors.RESOURCE
    queryset = DataRequest.objects.none()
    serializer_class = shapes.DataRequestOut
    filterset_class = DataRequestFilter

    def get_queryset(self) -> Any:
        return selectors.requests()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "caller": self.caller}

    @extend_schema(request=shapes.DataRequestIn, responses={201: shapes.DataRequestOut})
    def post(self, request: Request) -> Response:
        """Ask for a copy of a person's data, or for their erasure. What is about them is searched at once."""
        form = shapes.DataRequestIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.receive(self.caller, **form.validated_data)
        answer = shapes.DataRequestOut(row, context={"caller": self.caller})
        return Response(answer.data, status=status.HTTP_201_CREATED)


class DataRequestView(ScopedView):
    resource = selectors.RESOURCE

    @extend_schema(responses=shapes.DataRequestOut)
    def get(self, request: Request, pk: UUID) -> Response:
        row = selectors.request(self.ident())
        return Response(shapes.DataRequestOut(row, context={"caller": self.caller}).data)


class DataRequestItemsView(ScopedView, generics.ListAPIView[DataRequestItem]):
    """What was found about the person."""

    resource = selectors.RESOURCE
    queryset = DataRequestItem.objects.none()
    serializer_class = shapes.DataRequestItemOut
    filter_backends = []

    def get_queryset(self) -> Any:
        return selectors.items_of(selectors.request(self.ident()))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "caller": self.caller}


class DataRequestActionView(ScopedView):
    resource = selectors.RESOURCE
    verbs = {"post": "transition"}

    @extend_schema(
        request=shapes.DataRequestActionIn,
        responses=shapes.DataRequestOut,
        parameters=[OpenApiParameter("action", str, "path", enum=["search", "confirm", "refuse", "resume"])],
    )
    def post(self, request: Request, pk: UUID, action: str) -> Response:
        """search (again), confirm (what is to be kept named), refuse, or resume after a failure."""
        form = shapes.DataRequestActionIn(data=request.data)
        form.is_valid(raise_exception=True)
        row = services.act(self.caller, self.ident(), action, **form.validated_data)
        return Response(shapes.DataRequestOut(row, context={"caller": self.caller}).data)


class DataRequestFileView(ScopedView):
    """With a bearer token: a redirect to a link that works for five minutes without one. With the link: the ZIP."""

    resource = selectors.RESOURCE
    verbs = {"get": "transition"}
    in_transaction = False

    def get_permissions(self) -> Any:
        return [AllowAny()] if "signature" in self.request.query_params else super().get_permissions()

    @extend_schema(
        parameters=[OpenApiParameter("signature", str)], responses={302: None, (200, MIME): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        ident = self.ident()
        signature = request.query_params.get("signature")
        if signature is not None:
            return _signed_file(signature, ident)
        with tenant_transaction():
            record("data_request.downloaded", selectors.exported(ident))
        token = downloads.sign(organization=self.caller.organization.pk, user=self.caller.user.pk, target=ident)
        answer = HttpResponseRedirect(f"{reverse('data-request-file', args=[ident])}?signature={token}")
        answer["Cache-Control"] = "no-store"
        return answer


def _signed_file(signature: str, ident: UUID) -> HttpResponse:
    """Membership and right are asked again: a link does not outlive the right it was made with."""
    organization, user = downloads.read(signature, target=ident)
    caller = caller_in(user, organization)
    caller.require(selectors.RESOURCE, "transition")
    with scope(organization=organization, user=user), tenant_transaction():
        row = selectors.exported(ident)
    with storage_errors():
        source = object_store().open(row.storage_path)
    return downloads.FileAnswer(source, filename=f"{row.pk}.zip", mime=MIME, size=row.size)  # type: ignore[return-value]


class RetentionView(ScopedView):
    resource = "retention"

    @extend_schema(responses=shapes.RetentionOut(many=True), operation_id="retention_list")
    def get(self, request: Request) -> Response:
        """For how many days things are kept before they erase themselves."""
        return self._all()

    @extend_schema(request=shapes.RetentionIn, responses=shapes.RetentionOut(many=True))
    def put(self, request: Request) -> Response:
        """Choose the organization's own numbers."""
        form = shapes.RetentionIn(data=request.data)
        form.is_valid(raise_exception=True)
        services.choose_retention(self.caller, chosen=form.validated_data["rules"])
        return self._all()

    def _all(self) -> Response:
        return Response(shapes.RetentionOut(selectors.retention(), many=True).data)
