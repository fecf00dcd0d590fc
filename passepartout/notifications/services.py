"""Making notifications from events, reading them, mailing them, and choosing how to be told."""

from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db.models.functions import Now

from passepartout.jobs.services import Claim, enqueue, hold
from passepartout.kernel.errors import Forbidden, InvalidInput, Unavailable
from passepartout.kernel.events import Audience, Occurrence
from passepartout.kernel.scope import engine_call, tenant, tenant_transaction
from passepartout.lifecycle.services import publish
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.selectors import caller_in

from . import selectors
from .events import NotificationCreated
from .kinds import told_of
from .models import Notification, Preference

MAIL = "notifications.mail"
LETTERS = {
    "fr": ("Passepartout : du nouveau pour vous", "Ouvrez cette page pour le lire :"),
    "en": ("Passepartout: there is news for you", "Open this page to read it:"),
}


def notify(occurrence: Occurrence) -> None:
    """Tell each reader of an event, once however often it is delivered."""
    with tenant(occurrence.organization):
        told = list(told_of(occurrence.event))
    for kind, readers in told:
        for user in readers:
            if _is_member(user, occurrence.organization):
                with tenant(occurrence.organization, user):
                    _tell(user, kind, occurrence)


def _is_member(user: UUID, organization: UUID) -> bool:
    try:
        caller_in(user, organization)
    except Forbidden:
        return False
    return True


def _tell(user: UUID, kind: str, occurrence: Occurrence) -> None:
    in_app, email = selectors.preferences_of(user)[kind]
    if not (in_app or email):
        return
    row, new = Notification.objects.get_or_create(
        event_id=occurrence.ident,
        user_id=user,
        defaults={"kind": kind, "subject_id": occurrence.event.subject, "in_app": in_app},
    )
    if new and in_app:
        publish(NotificationCreated(subject=row.pk, audience=Audience(users=(user,))))
    if new and email:
        enqueue(MAIL, subject=row.pk, notification_id=row.pk)


def mark_read(caller: Caller, ident: UUID) -> Notification:
    """Raises NotFound."""
    row = selectors.notification_of(caller, ident)
    selectors.unread(caller).filter(pk=row.pk).update(read_at=Now())
    row.refresh_from_db()
    return row


def mark_all_read(caller: Caller) -> int:
    return int(selectors.unread(caller).update(read_at=Now()))


def choose(caller: Caller, *, kind: str, in_app: bool | None = None, email: bool | None = None) -> None:
    """Change how the caller is told of a kind; what is left out stays. Raises InvalidInput for an unknown kind."""
    present = selectors.preferences_of(caller.user.pk).get(kind)
    if present is None:
        raise InvalidInput("There is no such kind of notification.", field="kind")
    wished = {
        "in_app": present[0] if in_app is None else in_app,
        "email": present[1] if email is None else email,
    }
    Preference.objects.update_or_create(user_id=caller.user.pk, kind=kind, defaults=wished)


def mail(claim: Claim, notification: UUID) -> None:
    """Send one e-mail that says that there is news, with a link and nothing else. Raises Unavailable.

    It is sent before it is noted: a worker that dies between the two sends it twice rather than never.
    """
    with tenant_transaction():
        row = Notification.objects.select_related("user").filter(pk=notification, mailed_at=None).first()
    if row is None or not row.user.is_active:
        return
    subject, text = LETTERS.get(row.user.locale, LETTERS["fr"])
    try:
        with engine_call():
            send_mail(subject, f"{text}\n\n{settings.PUBLIC_URL}/\n", None, [row.user.email])
    except (SMTPException, OSError) as error:
        raise Unavailable("The mail server does not answer.") from error
    with tenant_transaction():
        hold(claim)
        Notification.objects.filter(pk=row.pk).update(mailed_at=Now())
