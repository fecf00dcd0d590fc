from typing import Any

from rest_framework import generics

from passepartout.kernel.rest.views import TenantView

from . import selectors
from .filters import AuditFilter
from .models import AuditLog
from .serializers import AuditLineOut


class AuditView(TenantView, generics.ListAPIView[AuditLog]):
    """What was done, by whom, to what: newest first. Lines are never changed and never deleted."""

    resource = "audit"
    queryset = AuditLog.objects.none()
    serializer_class = AuditLineOut
    filterset_class = AuditFilter

    def get_queryset(self) -> Any:
        return selectors.recent()
