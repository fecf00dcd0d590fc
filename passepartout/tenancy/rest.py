"""Tenant views with the caller typed."""

from passepartout.kernel.errors import NotAuthenticated
from passepartout.kernel.rest.views import TenantView

from .callers import Caller, caller_of


class ScopedView(TenantView):
    """The base of every view that works in the caller's organization (see `TenantView`)."""

    @property
    def caller(self) -> Caller:
        """Who calls. Raises NotAuthenticated when nobody is signed in."""
        caller = caller_of(self.request)
        if caller is None:
            raise NotAuthenticated
        return caller
