"""The base of tenant views: the scope around the handler, a short transaction where the work is short."""

from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..errors import NotFound
from ..logs import organization_id
from ..scope import scope, tenant_transaction


class TenantView(APIView):
    """Opens the caller's tenant scope once authentication has told who calls.

    `request.auth` is the caller: anything with ``organization`` and ``user``. With ``in_transaction`` (the default)
    the handler and the rendering run in one short tenant transaction that is rolled back for every error answer.
    Views that call an engine set it to False: their services open their own.
    """

    resource = ""
    in_transaction = True
    _scopes: ExitStack
    _transaction_open = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            with ExitStack() as self._scopes:
                response = super().dispatch(request, *args, **kwargs)
                if isinstance(response, Response):
                    response.render()  # lazy querysets give nothing once the transaction is closed
        except DatabaseError as error:
            # The commit itself said no, or a lazy queryset did while it was rendered: after DRF's own handling.
            self._transaction_open = False
            response = self.finalize_response(self.request, self.handle_exception(error), *args, **kwargs)
            response.render()
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        caller: Any = request.auth
        if caller is None:
            return
        organization_id.set(str(caller.organization.pk))
        self._scopes.enter_context(scope(organization=caller.organization.pk, user=caller.user.pk))
        if self.in_transaction:
            self._scopes.enter_context(tenant_transaction())
            self._transaction_open = True

    def handle_exception(self, exc: Exception) -> Response:
        if self._transaction_open:
            transaction.set_rollback(True)  # an error answer must not commit what was written before it
        return super().handle_exception(exc)

    def ident(self, name: str = "pk") -> UUID:
        """An id from the address. Raises NotFound when it is no UUID."""
        try:
            return UUID(str(self.kwargs[name]))
        except ValueError:
            raise NotFound from None
