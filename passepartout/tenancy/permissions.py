"""The matrix, applied to a view."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from passepartout.kernel.errors import NotAuthenticated

VERB_OF_METHOD = {"GET": "read", "HEAD": "read", "OPTIONS": "read"}


class MatrixPermission(BasePermission):
    """The view names its ``resource``; the verb follows from the method, unless ``verbs`` names it by action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            raise NotAuthenticated
        action = getattr(view, "action", None) or request.method.lower()
        verb = getattr(view, "verbs", {}).get(action) or VERB_OF_METHOD.get(request.method, "write")
        request.auth.require(view.resource, verb)
        return True


class SignedIn(BasePermission):
    """Anyone with a valid token, whatever the role."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            raise NotAuthenticated
        return True
