"""The matrix, applied to a view."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from passepartout.kernel.errors import Forbidden, NotAuthenticated

from .callers import caller_of

VERB_OF_METHOD = {"GET": "read", "HEAD": "read", "OPTIONS": "read"}


def verb_of(view: Any, method: str) -> str:
    """The verb that a request asks for: the view's ``verbs`` by action or method, or what the method says."""
    action = getattr(view, "action", None) or method.lower()
    verb: str | None = getattr(view, "verbs", {}).get(action)
    return verb or VERB_OF_METHOD.get(method, "write")


class MatrixPermission(BasePermission):
    """The view names its ``resource``; the verb follows from the method, unless ``verbs`` names it by action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        if caller is None:
            raise NotAuthenticated
        if request.method not in view.allowed_methods:
            return True  # nobody may: the view answers 405 and names the methods that it takes
        caller.require(view.resource, verb_of(view, request.method or "GET"))
        return True


class InSession(BasePermission):
    """A person who signed in, whatever the role; no API key, which stands for a program."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = caller_of(request)
        if caller is None:
            raise NotAuthenticated
        if caller.family is None:
            raise Forbidden("This is for a person's session, not for a key.", code="session_required")
        return True


class SignedIn(BasePermission):
    """Anyone with a valid token, whatever the role."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if caller_of(request) is None:
            raise NotAuthenticated
        return True
