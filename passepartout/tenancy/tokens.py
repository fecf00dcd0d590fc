"""Access tokens (signed, five minutes) and refresh tokens (opaque, rotating families)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from passepartout.kernel.errors import NotAuthenticated
from passepartout.kernel.ids import new_id

from .models import RefreshToken, User

AUDIENCE = "passepartout-api"
ISSUER = "passepartout"
ALGORITHM = "HS256"
REUSED = "refresh_reused"


@dataclass(frozen=True)
class AccessClaims:
    user: UUID
    organization: UUID
    family: UUID


def issue_access(user: User, organization: UUID, family: UUID) -> str:
    now = timezone.now()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user.pk),
        "org": str(organization),
        "fam": str(family),
        "iat": now,
        "exp": now + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS),
    }
    return jwt.encode(claims, settings.SECRET_KEY, algorithm=ALGORITHM)


def read_access(token: str) -> AccessClaims:
    """Raises NotAuthenticated with code ``token_expired`` or ``token_invalid``."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            settings.SECRET_KEY,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "org", "fam"]},
        )
        return AccessClaims(UUID(claims["sub"]), UUID(claims["org"]), UUID(claims["fam"]))
    except jwt.ExpiredSignatureError:
        raise NotAuthenticated("This session has expired; refresh it.", code="token_expired") from None
    except (jwt.InvalidTokenError, ValueError):
        raise NotAuthenticated("This token is not valid.", code="token_invalid") from None


def digest(secret: str) -> str:
    """sha256 of a 256-bit random secret: no salt is needed, nothing can be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_family(user: User, organization: UUID) -> tuple[str, RefreshToken]:
    """Start a session: the first refresh token of a new family (secret, row)."""
    return _issue_refresh(user_id=user.pk, organization=organization, family=new_id())


def rotate(secret: str) -> tuple[str, RefreshToken]:
    """Exchange a refresh token for the next of its family (compare-and-set, so exactly once).

    Raises NotAuthenticated: ``refresh_invalid`` when unknown, expired or revoked; ``refresh_reused`` when it was
    used before, and then the whole family ends, because one of the two holders is not the owner.
    """
    now = timezone.now()
    token = known(secret)
    if token is None or token.revoked_at or token.expires_at <= now:
        raise NotAuthenticated("Sign in again.", code="refresh_invalid")
    with transaction.atomic():
        if RefreshToken.objects.filter(pk=token.pk, used_at=None, revoked_at=None).update(used_at=now) == 1:
            return _issue_refresh(user_id=token.user_id, organization=token.organization_id, family=token.family)
    revoke_family(token.family)
    raise NotAuthenticated("This session was used from two places and has been ended.", code=REUSED)


def revoke_family(family: UUID) -> None:
    RefreshToken.objects.filter(family=family, revoked_at=None).update(revoked_at=timezone.now())


def revoke_all(user: User) -> None:
    RefreshToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def family_is_open(family: UUID) -> bool:
    return not RefreshToken.objects.filter(family=family, revoked_at__isnull=False).exists()


def known(secret: str) -> RefreshToken | None:
    """The row of a refresh token, whatever its state."""
    return RefreshToken.objects.filter(token_hash=digest(secret)).first()


def family_of(secret: str) -> UUID | None:
    token = known(secret)
    return token.family if token else None


def _issue_refresh(*, user_id: UUID, organization: UUID, family: UUID) -> tuple[str, RefreshToken]:
    secret = secrets.token_urlsafe(32)
    row = RefreshToken.objects.create(
        user_id=user_id,
        organization_id=organization,
        family=family,
        token_hash=digest(secret),
        expires_at=timezone.now() + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS),
    )
    return secret, row
