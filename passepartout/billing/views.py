from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.tenancy.rest import ScopedView

from . import selectors
from .serializers import UsageOut


class UsageView(ScopedView):
    resource = "usage"

    @extend_schema(responses=UsageOut)
    def get(self, request: Request) -> Response:
        """The organization's plan, its limits and what is used of each."""
        plan = selectors.plan_in_force()
        facts = {
            "plan": plan.name,
            "limits": selectors.usage(),
            "calls_per_minute": plan.calls_per_minute,
            "calls_at_once": plan.calls_at_once,
        }
        return Response(UsageOut(facts).data)
