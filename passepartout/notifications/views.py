"""One's own notifications: whatever the role, nobody else's."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.tenancy.permissions import InSession
from passepartout.tenancy.rest import ScopedView

from . import selectors, services
from . import serializers as shapes
from .models import Notification


class NotificationsView(ScopedView, generics.ListAPIView[Notification]):
    """What happened that is the caller's business, newest first."""

    permission_classes = [InSession]
    queryset = Notification.objects.none()
    serializer_class = shapes.NotificationOut
    filter_backends = []

    @extend_schema(parameters=[OpenApiParameter("unread", bool, description="only what is not read")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = selectors.unread if request.query_params.get("unread") in {"1", "true"} else selectors.notifications_of
        page = self.paginate_queryset(rows(self.caller)) or []
        return self.get_paginated_response(shapes.NotificationOut(page, many=True, context=_context(self, page)).data)


class NotificationReadView(ScopedView):
    permission_classes = [InSession]

    @extend_schema(request=None, responses=shapes.NotificationOut)
    def post(self, request: Request, pk: UUID) -> Response:
        """Mark one as read."""
        row = services.mark_read(self.caller, self.ident())
        return Response(shapes.NotificationOut(row, context=_context(self, [row])).data)


class UnreadView(ScopedView):
    permission_classes = [InSession]

    @extend_schema(responses=shapes.UnreadOut)
    def get(self, request: Request) -> Response:
        """How many are not read."""
        return Response(shapes.UnreadOut({"unread": selectors.unread(self.caller).count()}).data)

    @extend_schema(request=None, responses=shapes.UnreadOut)
    def delete(self, request: Request) -> Response:
        """Mark all as read."""
        services.mark_all_read(self.caller)
        return Response(shapes.UnreadOut({"unread": 0}).data)


class PreferencesView(ScopedView):
    permission_classes = [InSession]

    @extend_schema(responses=shapes.PreferenceOut(many=True), operation_id="notification_preferences_list")
    def get(self, request: Request) -> Response:
        """How the caller is told of each kind."""
        return Response(self._all())

    @extend_schema(request=shapes.PreferenceChange, responses=shapes.PreferenceOut(many=True))
    def patch(self, request: Request) -> Response:
        """Change how the caller is told of one kind."""
        form = shapes.PreferenceChange(data=request.data)
        form.is_valid(raise_exception=True)
        services.choose(self.caller, **form.validated_data)
        return Response(self._all())

    def _all(self) -> Any:
        chosen = selectors.preferences_of(self.caller.user.pk)
        rows = [{"kind": kind, "in_app": in_app, "email": email} for kind, (in_app, email) in chosen.items()]
        return shapes.PreferenceOut(rows, many=True).data


def _context(view: ScopedView, rows: Sequence[Notification]) -> dict[str, Any]:
    return {"titles": selectors.titles(view.caller, rows), "locale": view.caller.user.locale}
