from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.kernel.errors import InvalidInput
from passepartout.kernel.rest.views import TenantView

from . import selectors, services
from . import serializers as shapes
from .exporting import TYPES, ExportAnswer
from .filters import AuditFilter
from .models import AuditLog


class AuditView(TenantView, generics.ListAPIView[AuditLog]):
    """What was done, by whom, to what: newest first. Lines are never changed and never deleted."""

    resource = "audit"
    queryset = AuditLog.objects.none()
    serializer_class = shapes.AuditLineOut
    filterset_class = AuditFilter

    def get_queryset(self) -> Any:
        return selectors.recent()


class FormatIsOurs(DefaultContentNegotiation):
    """``?format=`` names the file that is wanted, not a renderer of the framework."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class AuditExportView(TenantView, generics.GenericAPIView[AuditLog]):
    resource = "audit"
    verbs = {"get": "export"}
    queryset = AuditLog.objects.none()
    serializer_class = shapes.AuditLineOut
    filterset_class = AuditFilter
    content_negotiation_class = FormatIsOurs

    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=list(TYPES), default="csv")],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/json"): shapes.AuditLineOut(many=True)},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The lines that the filters leave, oldest first, as a file. The export is an audit line itself."""
        form = request.query_params.get("format", "csv")
        if form not in TYPES:
            raise InvalidInput("An export is csv or json.", field="format")
        rows = self.filter_queryset(selectors.recent())
        filters = {name: str(value) for name, value in request.query_params.items() if name in AuditFilter.base_filters}
        services.export_begun(form=form, filters=filters)
        caller: Any = request.auth
        pages = selectors.pages(rows, organization=caller.organization.pk, user=caller.user.pk)
        return ExportAnswer(pages, form)


class AuditVerificationView(TenantView):
    resource = "audit"

    @extend_schema(responses=shapes.ChainStateOut)
    def get(self, request: Request) -> Response:
        """The head of the chain, what waits for its seal, and what the last verification found."""
        return Response(shapes.ChainStateOut(selectors.state()).data)


class AuditVerifyView(TenantView):
    resource = "audit"
    verbs = {"post": "read"}  # changes nothing but the log of who verified
    in_transaction = False

    @extend_schema(request=shapes.VerifyIn, responses=shapes.VerificationOut)
    def post(self, request: Request) -> Response:
        """Check the chain now, for some seconds. Not `complete`: post again with `after` as this answer's `to`."""
        form = shapes.VerifyIn(data=request.data)
        form.is_valid(raise_exception=True)
        caller: Any = request.auth
        found = services.verify(caller.organization.pk, **form.validated_data)
        return Response(shapes.VerificationOut(found).data)
