"""The base of tenant views: the scope around the handler, a short transaction where the work is short."""

from contextlib import ExitStack
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from passepartout.kernel.errors import NotFound
from passepartout.kernel.logs import organization_id
from passepartout.kernel.scope import scope, tenant_transaction

from .callers import Caller


class ScopedView(APIView):
    """Opens the caller's tenant scope once authentication has told who calls.

    With ``in_transaction`` (the default) the handler and the rendering run in one short tenant transaction that is
    rolled back for every error answer. Views that call an engine set it to False: their services open their own.
    """

    resource = ""
    in_transaction = True
    _scopes: ExitStack

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self._scopes:
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response):
                response.render()  # lazy querysets give nothing once the transaction is closed
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        caller: Caller | None = request.auth
        if caller is None:
            return
        token = organization_id.set(str(caller.organization.pk))
        self._scopes.callback(organization_id.reset, token)
        self._scopes.enter_context(scope(organization=caller.organization.pk, user=caller.user.pk))
        if self.in_transaction:
            self._scopes.enter_context(tenant_transaction())

    def handle_exception(self, exc: Exception) -> Response:
        if self.in_transaction and connection.in_atomic_block:
            transaction.set_rollback(True)  # an error answer must not commit what was written before it
        return super().handle_exception(exc)

    @property
    def caller(self) -> Caller:
        caller: Caller = self.request.auth
        return caller

    def ident(self, name: str = "pk") -> UUID:
        """An id from the address. Raises NotFound when it is no UUID."""
        try:
            return UUID(str(self.kwargs[name]))
        except ValueError:
            raise NotFound from None
