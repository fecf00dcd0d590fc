"""Identity endpoints."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from passepartout.kernel.errors import NotAuthenticated, NotFound
from passepartout.kernel.rest.throttling import RenewalThrottle, SignInThrottle

from . import first_run, selectors, services
from . import serializers as shapes
from .matrix import NAMES
from .permissions import InSession, SignedIn
from .rest import ScopedView

COOKIE = "refresh_token"
COOKIE_PATH = "/api/v1/auth/"


class OpenView(APIView):
    """Before anybody is signed in."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes = [SignInThrottle]


def _session_answer(session: services.Session) -> Response:
    caller = session.caller
    facts = {
        "access": session.access,
        "expires_in": settings.ACCESS_TOKEN_SECONDS,
        "organization": caller.organization,
        "role": caller.role,
        "abilities": caller.abilities(),
    }
    response = Response(shapes.SessionOut(facts).data)
    response.set_cookie(
        COOKIE,
        session.refresh,
        max_age=settings.REFRESH_TOKEN_SECONDS,
        path=COOKIE_PATH,
        httponly=True,
        secure=settings.SECURE,
        samesite="Strict",
    )
    return response


class TokenView(OpenView):
    @extend_schema(request=shapes.SignInIn, responses=shapes.SessionOut, auth=[])
    def post(self, request: Request) -> Response:
        """Sign in."""
        form = shapes.SignInIn(data=request.data)
        form.is_valid(raise_exception=True)
        return _session_answer(services.sign_in(request._request, **form.validated_data))  # noqa: SLF001  (axes needs Django's)


class RefreshView(OpenView):
    throttle_classes = [RenewalThrottle]

    @extend_schema(request=None, responses=shapes.SessionOut, auth=[])
    def post(self, request: Request) -> Response:
        """Exchange the refresh cookie for a new access token and a new cookie."""
        secret = request.COOKIES.get(COOKIE)
        if not secret:
            raise NotAuthenticated("Sign in first.", code="refresh_missing")
        return _session_answer(services.refresh(secret))


class LogoutView(OpenView):
    throttle_classes = [RenewalThrottle]

    @extend_schema(request=None, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """End the session of the refresh cookie."""
        services.sign_out(request.COOKIES.get(COOKIE, ""))
        response = Response(status=status.HTTP_204_NO_CONTENT)
        response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Strict")
        return response


class PasswordResetView(OpenView):
    @extend_schema(request=shapes.PasswordResetIn, responses={202: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Mail a link to choose a new password. The answer is the same for an unknown address."""
        form = shapes.PasswordResetIn(data=request.data)
        form.is_valid(raise_exception=True)
        services.request_password_reset(form.validated_data["email"])
        return Response(status=status.HTTP_202_ACCEPTED)


class PasswordResetConfirmView(OpenView):
    @extend_schema(request=shapes.PasswordResetConfirmIn, responses={204: None}, auth=[])
    def post(self, request: Request) -> Response:
        """Choose a new password with the mailed link; every open session ends."""
        form = shapes.PasswordResetConfirmIn(data=request.data)
        form.is_valid(raise_exception=True)
        services.reset_password(**form.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class FirstOwnerView(OpenView):
    @extend_schema(request=shapes.FirstOwnerIn, responses={201: shapes.OrganizationOut}, auth=[])
    def post(self, request: Request) -> Response:
        """Create the first administrator with the one-time link that `./run up` printed."""
        form = shapes.FirstOwnerIn(data=request.data)
        form.is_valid(raise_exception=True)
        first_run.check(form.validated_data.pop("token"))
        organization = services.create_first_owner(**form.validated_data)
        return Response(shapes.OrganizationOut(organization).data, status=status.HTTP_201_CREATED)


class MeView(ScopedView):
    permission_classes = [SignedIn]

    @property
    def in_transaction(self) -> bool:  # type: ignore[override]
        return self.request.method != "GET"

    def get_permissions(self) -> Any:
        return super().get_permissions() if self.request.method == "GET" else [InSession()]

    @extend_schema(responses=shapes.MeOut)
    def get(self, request: Request) -> Response:
        """Who I am, where I work, and what I may do."""
        return self._answer()

    @extend_schema(request=shapes.MeChange, responses=shapes.MeOut)
    def patch(self, request: Request) -> Response:
        """Choose the language in which letters to me are written."""
        form = shapes.MeChange(data=request.data)
        form.is_valid(raise_exception=True)
        services.change_language(self.caller, **form.validated_data)
        return self._answer()

    def _answer(self) -> Response:
        caller = self.caller
        facts = {
            "user": caller.user,
            "organization": caller.organization,
            "role": caller.role,
            "abilities": caller.abilities(),
            "memberships": selectors.memberships_of(caller.user.pk),
        }
        return Response(shapes.MeOut(facts).data)


class MembersView(ScopedView):
    resource = "members"

    @extend_schema(responses=shapes.MemberOut(many=True), operation_id="members_list")
    def get(self, request: Request) -> Response:
        context = {"names": self.caller.shown(self.resource) == NAMES}
        return Response(shapes.MemberOut(selectors.members(), many=True, context=context).data)

    @extend_schema(request=shapes.MemberIn, responses={201: shapes.MemberOut})
    def post(self, request: Request) -> Response:
        """Take a person in; who has no password yet is mailed a link to choose one."""
        form = shapes.MemberIn(data=request.data)
        form.is_valid(raise_exception=True)
        membership = services.add_member(self.caller, **form.validated_data)
        return Response(shapes.MemberOut(membership).data, status=status.HTTP_201_CREATED)


class MemberView(ScopedView):
    resource = "members"

    @extend_schema(request=shapes.MemberChange, responses=shapes.MemberOut)
    def patch(self, request: Request, pk: UUID) -> Response:
        form = shapes.MemberChange(data=request.data)
        form.is_valid(raise_exception=True)
        membership = selectors.member(self.ident())
        services.change_role(self.caller, membership, **form.validated_data)
        return Response(shapes.MemberOut(membership).data)


class ApiKeysView(ScopedView):
    resource = "api_keys"

    @extend_schema(responses=shapes.ApiKeyOut(many=True), operation_id="api_keys_list")
    def get(self, request: Request) -> Response:
        return Response(shapes.ApiKeyOut(selectors.api_keys(), many=True).data)

    @extend_schema(request=shapes.ApiKeyIn, responses={201: shapes.ApiKeyCreated})
    def post(self, request: Request) -> Response:
        """Create a key for a program. It is shown in this answer only."""
        form = shapes.ApiKeyIn(data=request.data)
        form.is_valid(raise_exception=True)
        key, row = services.create_api_key(self.caller, **form.validated_data)
        return Response(shapes.ApiKeyCreated(row, context={"key": key}).data, status=status.HTTP_201_CREATED)


class ApiKeyView(ScopedView):
    resource = "api_keys"

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Revoke a key at once."""
        row = selectors.api_keys().filter(pk=self.ident()).first()
        if row is None:
            raise NotFound("There is no such key.")
        services.revoke_api_key(row)
        return Response(status=status.HTTP_204_NO_CONTENT)
