from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from passepartout.tenancy.permissions import InSession
from passepartout.tenancy.rest import ScopedView

from . import gate, tickets
from .serializers import TicketOut


class TicketsView(ScopedView):
    permission_classes = [InSession]
    in_transaction = False

    @extend_schema(request=None, responses={201: TicketOut})
    def post(self, request: Request) -> Response:
        """A ticket that opens one socket within half a minute. What the socket says: docs/reference/events.md."""
        facts = {"ticket": tickets.issue(self.caller), "expires_in": tickets.SECONDS, "path": gate.PATH}
        return Response(TicketOut(facts).data, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})
