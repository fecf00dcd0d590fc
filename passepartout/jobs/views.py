from typing import Any

from rest_framework import generics

from passepartout.tenancy.rest import ScopedView

from . import selectors
from .models import Job
from .serializers import JobOut


class JobsView(ScopedView, generics.ListAPIView[Job]):
    """Background work, newest first."""

    resource = "jobs"
    queryset = Job.objects.none()
    serializer_class = JobOut

    def get_queryset(self) -> Any:
        return selectors.visible_to(self.caller)


class JobView(ScopedView, generics.RetrieveAPIView[Job]):
    resource = "jobs"
    queryset = Job.objects.none()
    serializer_class = JobOut

    def get_object(self) -> Job:
        return selectors.job_visible_to(self.caller, self.ident())
