"""Who is calling: a bearer access token, or an API key. Membership is read from the database on every request."""

from uuid import UUID

from django.db import connection
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from passepartout.kernel.errors import Forbidden, NotAuthenticated

from . import selectors, services
from .callers import Caller
from .models import User
from .tokens import digest, family_is_open, read_access

API_KEY_PREFIX = "pp_"


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer <access token or API key>``; `request.auth` is then the `Caller`."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        kind, _, credential = request.headers.get("Authorization", "").partition(" ")
        if not credential:
            return None
        if kind.lower() != "bearer":
            raise NotAuthenticated("Use Authorization: Bearer.", code="token_invalid")
        credential = credential.strip()
        caller = _by_key(credential) if credential.startswith(API_KEY_PREFIX) else _by_token(request, credential)
        return caller.user, caller

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _by_token(request: HttpRequest, token: str) -> Caller:
    claims = read_access(token)
    if not family_is_open(claims.family):
        raise NotAuthenticated("This session has ended.", code="token_revoked")
    wanted = request.headers.get("X-Organization", "")
    organization = _uuid(wanted) if wanted else claims.organization
    return selectors.caller_in(claims.user, organization, family=claims.family)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Forbidden("X-Organization is not an organization of yours.", code="organization_forbidden") from None


def _by_key(key: str) -> Caller:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_id, org_id, user_id FROM app_api_key(%s)", [digest(key)])
        row = cursor.fetchone()
    if row is None:
        raise NotAuthenticated("This API key is unknown, expired or revoked.", code="token_invalid")
    key_id, organization, user = row
    scopes = services.use_api_key(key_id, organization=organization)
    return selectors.caller_in(user, organization, scopes=scopes)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
