"""Reading who belongs where."""

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from passepartout.kernel.errors import Forbidden, NotFound
from passepartout.kernel.scope import tenant

from .callers import Caller
from .models import GHOST, ApiKey, Membership, Role, User


def live_memberships() -> Any:
    """Memberships in force; whose, the scope decides."""
    now = timezone.now()
    return Membership.objects.filter(active=True, user__is_active=True).filter(
        Q(expires_at=None) | Q(expires_at__gt=now)
    )


def memberships_of(user: UUID) -> list[Membership]:
    """A user's memberships in force, oldest first, with their organizations."""
    with tenant(None, user):
        return list(live_memberships().filter(user_id=user).select_related("org").order_by("created_at"))


def caller_in(user: UUID, organization: UUID, *, family: UUID | None = None, scopes: list[str] | None = None) -> Caller:
    """The caller as the database knows them now. Raises Forbidden without a membership in force."""
    with tenant(organization, user):
        membership = live_memberships().filter(user_id=user).select_related("user", "org").first()
    if membership is None:
        raise Forbidden("You are not a member of this organization.", code="organization_forbidden")
    membership.user.org = membership.org
    return Caller(
        user=membership.user,
        organization=membership.org,
        role=Role(membership.role),
        client_id=membership.client_id,
        scopes=None if scopes is None else frozenset(scopes),
        family=family,
    )


def members() -> Any:
    return Membership.objects.select_related("user").order_by("-created_at", "-id")


def members_counted() -> int:
    return int(live_memberships().count())


def member(ident: UUID) -> Membership:
    """Raises NotFound for one of another organization as for none."""
    found: Membership | None = members().filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such member.")
    return found


def api_keys() -> Any:
    return ApiKey.objects.order_by("-created_at", "-id")


def first_user() -> User | None:
    """The first administrator; the demo's ghost is nobody."""
    return User.objects.exclude(email=GHOST).order_by("created_at").first()


def any_user_exists() -> bool:
    """Whether anybody can sign in."""
    return first_user() is not None


def every_organization() -> list[UUID]:
    """Across organizations: ids only."""
    return _ids("SELECT every_organization()")


def organizations_changing_keys() -> list[UUID]:
    """Those with a key that was replaced and is still there. Ids only."""
    return _ids("SELECT organizations_changing_keys()")


def _ids(sql: str) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]
