"""Receiving people's requests about their data and deciding on them. The work itself is in working.py."""

import calendar
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from passepartout.audit.services import record
from passepartout.clients import selectors as clients
from passepartout.clients.models import Client
from passepartout.jobs.selectors import open_job
from passepartout.jobs.services import enqueue
from passepartout.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from passepartout.kernel.events import Audience
from passepartout.kernel.personal import source
from passepartout.kernel.retention import rules
from passepartout.lifecycle.services import publish
from passepartout.tenancy import selectors as members
from passepartout.tenancy.callers import Caller

from . import selectors
from .events import DataRequestMoved, DataRequestReceived
from .models import DATA_REQUEST, DataRequest, DataRequestItem, RetentionChoice

SEARCH, RUN = "privacy.search", "privacy.run"
EMPTY: dict[str, Any] = {"subject": {}, "resolved": {}, "note": ""}


def receive(caller: Caller, *, kind: str, subject: Mapping[str, Any], note: str = "") -> DataRequest:
    """Keep a request and have what it is about searched. A portal's request is about its own person, whatever it says.

    ``subject``: at least one of email, phone, names, client, user. In the caller's tenant transaction. Raises
    Forbidden, InvalidInput, NotFound.
    """
    caller.require(selectors.RESOURCE, "write")
    about = _own(caller) if caller.reach(selectors.RESOURCE) != "organization" else _checked(subject)
    row: DataRequest = DataRequest.objects.create(
        kind=kind, subject=about, note=note, requested_by=caller.user.pk, due_on=a_month_after(timezone.localdate())
    )
    record("data_request.received", row, detail={"kind": kind})
    publish(DataRequestReceived(subject=row.pk, audience=_audience(row), asks=kind))
    enqueue(SEARCH, subject=row.pk, request_id=row.pk)
    return row


def _own(caller: Caller) -> dict[str, Any]:
    about: dict[str, Any] = {"email": caller.user.email, "user": str(caller.user.pk)}
    if caller.client_id is not None and clients.client(caller.client_id).kind == Client.Kind.PERSON:
        about["client"] = str(caller.client_id)
    return about


def _checked(subject: Mapping[str, Any]) -> dict[str, Any]:
    about = {name: value for name, value in subject.items() if value}
    if not about:
        raise InvalidInput("Say whose data: an e-mail, a telephone, a name, a client or a member.", field="subject")
    if "client" in about:
        about["client"] = str(clients.client(about["client"]).pk)
    if "user" in about:
        if not members.members().filter(user_id=about["user"]).exists():
            raise NotFound("There is no such member.")
        about["user"] = str(about["user"])
    return about


def a_month_after(day: date) -> date:
    """Article 12(3) GDPR: one month; the last day of the next month where it has no such day."""
    years, month = divmod(day.month, 12)
    year, month = day.year + years, month + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))


def act(caller: Caller, ident: UUID, action: str, **wishes: Any) -> DataRequest:
    """``search`` again, ``confirm``, ``refuse`` or ``resume``, by a person. In the caller's tenant transaction.

    ``wishes``: for confirm ``keep``, items with ``because``; for refuse ``refusal``. Raises Forbidden, NotFound,
    InvalidInput, Conflict.
    """
    caller.require(selectors.RESOURCE, "transition")
    if caller.scopes is not None:
        raise Forbidden("A person decides on this, not a key.", code="session_required")
    row = DataRequest.objects.select_for_update().filter(pk=ident).first()
    if row is None:
        raise NotFound("There is no such request.")
    if action not in _ACTIONS:
        raise NotFound("There is no such action.", code="unknown_action")
    row.status = DATA_REQUEST.target(action, row.status)
    _ACTIONS[action](caller, row, wishes)
    row.error_code = ""
    row.save()
    moved(row, action, **({"kept": len(wishes.get("keep") or [])} if action == "confirm" else {}))
    return row


def _search(_: Caller, row: DataRequest, __: Mapping[str, Any]) -> None:
    _require_idle(row, SEARCH)
    enqueue(SEARCH, subject=row.pk, request_id=row.pk)


def _confirm(caller: Caller, row: DataRequest, wishes: Mapping[str, Any]) -> None:
    _keep(row, wishes.get("keep") or [])
    row.decided_by, row.decided_at = caller.user.pk, timezone.now()
    enqueue(RUN, subject=row.pk, request_id=row.pk)


def _keep(row: DataRequest, wished: Sequence[Mapping[str, Any]]) -> None:
    """Raises InvalidInput for what was not found, or is never a person's to decide on."""
    known = {item.pk: item for item in selectors.items_of(row)}
    selectors.items_of(row).update(because="")
    for each in wished:
        item = known.get(each["item"])
        origin = source(item.source) if item is not None else None
        if item is None or origin is None or not (origin.reviewed or row.kind == DataRequest.Kind.EXPORT):
            raise InvalidInput("This was not found, or is not kept by any law.", field="keep", item=str(each["item"]))
        DataRequestItem.objects.filter(pk=item.pk).update(because=each["because"])


def _refuse(caller: Caller, row: DataRequest, wishes: Mapping[str, Any]) -> None:
    if not wishes.get("refusal"):
        raise InvalidInput("Say why.", field="refusal")
    row.refusal = wishes["refusal"]
    row.decided_by, row.decided_at, row.finished_at = caller.user.pk, timezone.now(), timezone.now()
    forget(row)


def _resume(_: Caller, row: DataRequest, __: Mapping[str, Any]) -> None:
    _require_idle(row, RUN)
    enqueue(RUN, subject=row.pk, request_id=row.pk)


_ACTIONS = {"search": _search, "confirm": _confirm, "refuse": _refuse, "resume": _resume}


def _require_idle(row: DataRequest, kind: str) -> None:
    if open_job(row.pk, kind) is not None:
        raise Conflict("This is being worked on; wait for it to end.", code="working_already")


def forget(row: DataRequest) -> None:
    """Empty what says whose request it was. The caller saves the row."""
    for name, value in EMPTY.items():
        setattr(row, name, value)
    DataRequestItem.objects.filter(request=row).update(label="")


def moved(row: DataRequest, action: str, **facts: Any) -> None:
    """Tell that a request has another status, in the transaction in which it gets it."""
    detail = {"kind": row.kind, "status": row.status, "error": row.error_code, **facts}
    record(f"data_request.{action}", row, detail=detail)
    publish(DataRequestMoved(subject=row.pk, audience=_audience(row), status=row.status, error=row.error_code))


def _audience(row: DataRequest) -> Audience:
    return Audience(selectors.RESOURCE, users=(row.requested_by,) if row.requested_by else ())


def mark_failed(*, code: str, request_id: str, **_: str) -> None:
    """The work will not be tried again by itself: the request says why, and `search` or `resume` goes on with it."""
    working = ["received", "confirmed", "running"]
    row = DataRequest.objects.select_for_update().filter(pk=request_id, status__in=working).first()
    if row is None:
        return
    if row.status != "received":
        row.status = DATA_REQUEST.target("stop", row.status)
    row.error_code = code
    row.save(update_fields=["status", "error_code"])
    moved(row, "stop")


def choose_retention(caller: Caller, *, chosen: Mapping[str, int | None]) -> None:
    """Keep what the rules named erase for so many days; None: for as long as is the default. In a tenant transaction.

    Raises Forbidden, InvalidInput for an unknown rule or a number outside its bounds.
    """
    caller.require("retention", "write")
    known = {rule.name: rule for rule in rules()}
    for name, days in chosen.items():
        rule = known.get(name)
        if rule is None:
            raise InvalidInput(f"There is no rule named {name}.", field="rules")
        if days is not None and not rule.least <= days <= rule.most:
            raise InvalidInput(f"{name}: between {rule.least} and {rule.most} days.", field="rules")
        if days is None:
            RetentionChoice.objects.filter(rule=name).delete()
        else:
            RetentionChoice.objects.update_or_create(rule=name, defaults={"days": days})
    record("retention.changed", detail={"days": dict(chosen)})
