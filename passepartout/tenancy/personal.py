"""Members as personal content. The account is the person's own: it goes when no organization is left to use it in."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from axes.models import AccessAttempt
from django.db.models import Q

from passepartout.audit.services import record
from passepartout.kernel.errors import Conflict
from passepartout.kernel.personal import Found, Source, Subject
from passepartout.kernel.scope import tenant, tenant_transaction

from . import selectors
from .models import ApiKey, Membership, RefreshToken, Role, User


def find(subject: Subject) -> Iterator[Found]:
    """By e-mail or id; who stands for the person's client in the portal is shown, and leads to nothing."""
    with tenant_transaction():
        emails = {email.strip().lower() for email in subject.emails}
        surely = Q(user__email__in=emails) | Q(user_id__in=subject.users)
        rows = list(Membership.objects.filter(surely).select_related("user"))
        portals = list(Membership.objects.filter(client_id__in=subject.clients).exclude(surely).select_related("user"))
    for row in rows:
        yield Found(row.pk, "itself", row.user.email, leads_to=_subject(row.user))
    for row in portals:
        yield Found(row.pk, "linked", row.user.email)


def _subject(user: User) -> Subject:
    names = frozenset({user.display_name} - {""})
    return Subject(emails=frozenset({user.email}), names=names, users=frozenset({user.pk}))


def give(ident: UUID) -> dict[str, Any] | None:
    with tenant_transaction():
        row = Membership.objects.filter(pk=ident).select_related("user").first()
        return row and {
            "email": row.user.email,
            "display_name": row.user.display_name,
            "locale": row.user.locale,
            "account_since": row.user.created_at,
            "role": row.role,
            "member_since": row.created_at,
        }


def erase(ident: UUID) -> None:
    """End the membership, its sessions and keys. Raises Conflict (``last_admin``)."""
    with tenant_transaction():
        membership = Membership.objects.filter(pk=ident).select_related("user").first()
        if membership is None:
            return
        _require_another_administrator(membership)
        user = membership.user
        ApiKey.objects.filter(created_by=user).delete()
        RefreshToken.objects.filter(user=user, organization_id=membership.org_id).delete()
        record("member.erased", membership)
        membership.delete()
        with tenant(None, user.pk):
            alone = not Membership.objects.filter(user=user).exists()
        if alone:
            _anonymise(user)


def _require_another_administrator(membership: Membership) -> None:
    list(Membership.objects.filter(role=Role.ORG_ADMIN).select_for_update().order_by("pk").values_list("pk"))
    others = selectors.live_memberships().filter(role=Role.ORG_ADMIN).exclude(pk=membership.pk)
    if membership.role == Role.ORG_ADMIN and not others.exists():
        raise Conflict("An organization keeps at least one administrator.", code="last_admin")


def _anonymise(user: User) -> None:
    """The row stays: the audit log and what others keep name its id, which leads to nobody any more."""
    AccessAttempt.objects.filter(username=user.email).delete()
    user.email = f"{user.pk.hex}@erased.invalid"
    user.display_name, user.is_active, user.last_login = "", False, None
    user.set_unusable_password()
    user.save()


MEMBERS = Source("members", 10, find, give, erase, reviewed=True, identity=True)
