"""Writing identity: sign-in, organizations, members, keys, passwords."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import override

from passepartout.audit.services import record
from passepartout.kernel.errors import Conflict, Forbidden, InvalidInput, LimitReached, NotAuthenticated
from passepartout.kernel.ids import new_id
from passepartout.kernel.limits import require_room
from passepartout.kernel.scope import tenant, tenant_transaction

from . import selectors, tokens
from .callers import Caller
from .keys import create_keys
from .matrix import SCOPES
from .models import GHOST, ApiKey, Membership, Organization, Role, User

logger = logging.getLogger("passepartout.tenancy")
FIRST_RUN_LOCK = 7_230_001
LAST_USE_STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """What a sign-in or a refresh gives: the caller, the access token, the secret of the refresh cookie."""

    caller: Caller
    access: str
    refresh: str


def sign_in(request: HttpRequest, *, email: str, password: str, organization: UUID | None = None) -> Session:
    """Raises NotAuthenticated (``bad_credentials``), LimitReached after too many failures, Forbidden without a home."""
    user = authenticate(request, email=email.strip().lower(), password=password)  # axes reads the USERNAME_FIELD
    if getattr(request, "axes_locked_out", False):
        setattr(request, "axes_locked_out", False)  # noqa: B010  (its middleware would replace our answer by a page)
        wait = int(settings.AXES_COOLOFF_TIME * 3600)
        raise LimitReached("Too many failed attempts; try again later.", code="locked_out", retry_after=wait)
    if not isinstance(user, User):
        raise NotAuthenticated("E-mail or password is wrong.", code="bad_credentials")
    chosen = _choose(user, organization)
    with tenant(chosen, user.pk):
        secret, row = tokens.open_family(user, chosen)
        caller = selectors.caller_in(user.pk, chosen, family=row.family)
        record("auth.signed_in", user)
    user_logged_in.send(sender=User, request=request, user=user)  # axes forgets the failures before
    return Session(caller, tokens.issue_access(user, chosen, row.family), secret)


def _choose(user: User, wanted: UUID | None) -> UUID:
    homes = [membership.org.pk for membership in selectors.memberships_of(user.pk)]
    if wanted is not None and wanted in homes:
        return wanted
    if wanted is not None or not homes:
        raise Forbidden("You are not a member of this organization.", code="organization_forbidden")
    return homes[0]


def refresh(secret: str) -> Session:
    """Raises NotAuthenticated; a reused token also ends the whole session."""
    try:
        fresh, row = tokens.rotate(secret)
    except NotAuthenticated as error:
        if error.code == tokens.REUSED:
            _note(secret, "auth.refresh_reused")
        raise
    caller = selectors.caller_in(row.user_id, row.organization_id, family=row.family)
    return Session(caller, tokens.issue_access(caller.user, row.organization_id, row.family), fresh)


def sign_out(secret: str) -> None:
    family = tokens.family_of(secret)
    if family is not None:
        with transaction.atomic():
            tokens.revoke_family(family)
            _note(secret, "auth.signed_out")


def _note(secret: str, action: str) -> None:
    """An audit line about the session of a refresh token."""
    token = tokens.known(secret)
    if token is not None:
        with tenant(token.organization_id, token.user_id):
            record(action, token.user, detail={"family": token.family})


def create_organization(*, name: str, owner: User, kind: str = Organization.Kind.BOTH, **fields: Any) -> Organization:
    """A new organization with its encryption key and ``owner`` as its administrator."""
    ident = new_id()
    with tenant(ident, owner.pk):
        organization: Organization = Organization.objects.create(id=ident, name=name, kind=kind, **fields)
        create_keys(ident)
        Membership.objects.create(org=organization, user=owner, role=Role.ORG_ADMIN)
        record("organization.created", organization)
    return organization


def create_owner(*, email: str, password: str, organization: str, locale: str = "fr", **fields: Any) -> Organization:
    """A new user who administers a new organization; the first one gets the demo too, if there is one.

    Raises InvalidInput, Conflict when the e-mail is taken.
    """
    with transaction.atomic():
        first = selectors.first_user() is None
        user = create_user(email=email, password=password, locale=locale)
        created = create_organization(name=organization, owner=user, locale=locale, **fields)
        if first:
            hand_over_demo(user)
        return created


def create_first_owner(*, email: str, password: str, organization: str, **fields: Any) -> Organization:
    """The same through the one-time link: raises Conflict once any user exists."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_RUN_LOCK])
        if selectors.any_user_exists():
            raise Conflict("The first administrator exists already; sign in.", code="first_run_over")
        return create_owner(email=email, password=password, organization=organization, **fields)


def create_demo(name: str) -> Caller | None:
    """A made-up organization for the first administrator, come or still to come; None when it exists."""
    if User.objects.filter(email=GHOST).exists():
        return None
    with transaction.atomic():
        ghost = create_user(email=GHOST, password=None, is_active=False)
        organization = create_organization(name=name, owner=ghost, locale="fr")
        if (first := selectors.first_user()) is not None:
            hand_over_demo(first)
    return Caller(user=ghost, organization=organization, role=Role.ORG_ADMIN)


def hand_over_demo(user: User) -> None:
    """Make ``user`` an administrator of the demo organization, if there is one."""
    ghost = User.objects.filter(email=GHOST).first()
    if ghost is None:
        return
    with tenant(None, ghost.pk):
        demos = list(Organization.objects.all())
    for organization in demos:
        with tenant(organization.pk, user.pk):
            record("member.added", Membership.objects.create(user=user, role=Role.ORG_ADMIN))


def create_user(*, email: str, password: str | None, **fields: Any) -> User:
    """Raises InvalidInput for a weak password or what is no e-mail, Conflict when the e-mail is taken."""
    user = User(email=email.strip().lower(), **fields)
    try:
        validate_email(user.email)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="email") from None
    if password is not None:
        check_password_strength(password, user)
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, **fields)
    except IntegrityError:
        raise Conflict("A user with this e-mail exists already.", code="email_taken", field="email") from None


def check_password_strength(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), code="password_weak", field="password") from None


def add_member(
    caller: Caller,
    *,
    email: str,
    role: str,
    display_name: str = "",
    client_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Membership:
    """Take a person in, inviting by e-mail whoever has no password yet.

    Raises Forbidden, Conflict, InvalidInput, LimitReached.
    """
    _may_give(caller, role)
    if (role == Role.CLIENT_PORTAL) != (client_id is not None):
        raise InvalidInput("A portal member stands for a client, and only a portal member.", field="client_id")
    _check_expiry(expires_at)
    require_room("members")
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = create_user(email=email, password=None, display_name=display_name, locale=caller.organization.locale)
    try:
        with tenant_transaction():
            membership: Membership = Membership.objects.create(
                user=user, role=role, client_id=client_id, expires_at=expires_at
            )
    except IntegrityError as error:
        raise _membership_refused(error) from None
    record("member.added", membership, detail={"role": role})
    if not user.has_usable_password():
        transaction.on_commit(lambda: send_password_link(user))
    return membership


def _membership_refused(error: IntegrityError) -> Conflict | InvalidInput:
    diagnostic = getattr(error.__cause__, "diag", None)
    if getattr(diagnostic, "constraint_name", None) == "memberships_client":
        return InvalidInput("There is no such client.", field="client_id")
    return Conflict("This person is a member already.", code="member_exists", field="email")


def _check_expiry(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput("The expiry lies in the past.", field="expires_at")


def change_language(caller: Caller, *, locale: str) -> None:
    """The language of letters to this person, in every organization."""
    caller.user.locale = locale
    caller.user.save(update_fields=["locale"])
    record("user.language_changed", caller.user, detail={"locale": locale})


def change_role(caller: Caller, membership: Membership, *, role: str | None = None, **changes: Any) -> None:
    """Change ``role``, ``active`` or ``expires_at`` of a membership.

    Raises Forbidden for one's own and for roles the caller may not give, Conflict (``last_admin``) for the last
    administrator in force, InvalidInput for an expiry in the past.
    """
    if membership.user_id == caller.user.pk:
        raise Forbidden("You cannot change your own membership.", code="own_membership")
    _lock_administrators(membership)
    _may_give(caller, membership.role)
    if role is not None:
        _may_give(caller, role)
        _check_portal(membership, role)
        changes["role"] = role
    _check_expiry(changes.get("expires_at"))
    if changes.get("active") and not membership.active:
        require_room("members")
    for name, value in changes.items():
        setattr(membership, name, value)
    membership.save(update_fields=["role", "active", "expires_at"])
    if not selectors.live_memberships().filter(role=Role.ORG_ADMIN).exists():
        raise Conflict("An organization keeps at least one administrator.", code="last_admin")
    record("member.changed", membership, detail={"role": membership.role, "active": membership.active})


def _lock_administrators(membership: Membership) -> None:
    """Two administrators who demote each other at once must not both succeed."""
    rows = Membership.objects.filter(Q(role=Role.ORG_ADMIN) | Q(pk=membership.pk))
    list(rows.select_for_update().order_by("pk").values_list("pk"))
    membership.refresh_from_db(fields=["role", "active", "expires_at"])


def _check_portal(membership: Membership, role: str) -> None:
    if (role == Role.CLIENT_PORTAL) != (membership.client_id is not None):
        raise InvalidInput("A portal member stands for a client, and only a portal member.", field="role")


def _may_give(caller: Caller, role: str) -> None:
    if role == Role.ORG_ADMIN and caller.role != Role.ORG_ADMIN:
        raise Forbidden("Only an administrator may make or change an administrator.")


def create_api_key(caller: Caller, *, name: str, scopes: list[str], expires_at: datetime) -> tuple[str, ApiKey]:
    """The key (shown once) and its row. Raises InvalidInput for unknown scopes or a past date."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InvalidInput(f"Unknown scopes: {', '.join(unknown) or 'none given'}", field="scopes")
    if caller.scopes is not None and not set(scopes) <= caller.scopes:
        raise Forbidden("A key cannot make a key that may do more than itself.", code="scope_exceeded")
    _check_expiry(expires_at)
    secret = f"pp_{secrets.token_urlsafe(32)}"
    row: ApiKey = ApiKey.objects.create(
        name=name,
        prefix=secret[:10],
        key_hash=tokens.digest(secret),
        scopes=sorted(set(scopes)),
        created_by=caller.user,
        expires_at=expires_at,
    )
    record("api_key.created", row, detail={"scopes": row.scopes})
    return secret, row


def revoke_api_key(row: ApiKey) -> None:
    """Void a key at once; revoking it again changes nothing."""
    if ApiKey.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("api_key.revoked", row)


def use_api_key(ident: UUID, *, organization: UUID) -> list[str]:
    """Note the use of a key, to the minute (its callers must not queue for one row); its scopes."""
    now = timezone.now()
    with tenant(organization):
        row: ApiKey = ApiKey.objects.get(pk=ident)
        if row.last_used_at is None or row.last_used_at < now - LAST_USE_STEP:
            ApiKey.objects.filter(pk=ident).update(last_used_at=now)
    return list(row.scopes)


def send_password_link(user: User) -> None:
    """Mail a link with which the user sets a password; it ends when used or after an hour.

    A mail server that does not answer is logged and changes no answer: it would tell which addresses are known.
    """
    ident = urlsafe_base64_encode(str(user.pk).encode())
    link = f"{settings.PUBLIC_URL}/password/{ident}/{default_token_generator.make_token(user)}/"
    with override(user.locale):
        subject = _("Passepartout: choose your password")
        text = _("Open this link within an hour to choose your password:") + f"\n\n{link}\n"
    try:
        send_mail(subject, text, None, [user.email])
    except (SMTPException, OSError) as error:
        logger.error("mail not sent", extra={"user": str(user.pk), "error": type(error).__name__})


def request_password_reset(email: str) -> None:
    """Says nothing about whether the address is known."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is not None:
        send_password_link(user)


def reset_password(*, ident: str, token: str, password: str) -> None:
    """Raises InvalidInput (``link_invalid``, ``password_weak``). Every open session of the user ends."""
    with transaction.atomic():
        user = _user_of(ident)
        if user is None or not default_token_generator.check_token(user, token):
            raise InvalidInput("This link is not valid any more; ask for another.", code="link_invalid")
        check_password_strength(password, user)
        user.set_password(password)
        user.save(update_fields=["password"])
        tokens.revoke_all(user)
        for membership in selectors.memberships_of(user.pk):
            with tenant(membership.org_id, user.pk):
                record("auth.password_reset", user)


def _user_of(ident: str) -> User | None:
    """The user of a link, locked, so that two holders of one link do not both use it."""
    try:
        key = UUID(force_str(urlsafe_base64_decode(ident)))
    except (ValueError, UnicodeDecodeError):
        return None
    return User.objects.select_for_update().filter(pk=key, is_active=True).first()
