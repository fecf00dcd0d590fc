"""What a plan limits: checked before something is used, metered in the transaction that uses it.

A meter is one row; adding to it is one statement. Organizations share no row, so that none waits for another.
"""

import logging
from datetime import date, timedelta
from math import ceil
from uuid import UUID

from django.db import connection
from django.utils import timezone

from passepartout.audit.services import record
from passepartout.kernel.errors import LimitReached
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import current_organization, require_tenant_transaction, tenant

from . import selectors
from .counting import UNMETERED, counted, registered
from .models import STANDING, OrganizationPlan, UsageRow
from .plans import DAILY

logger = logging.getLogger("passepartout.billing")
_ADD = (
    "INSERT INTO usage_rows (id, org_id, resource, day, amount, created_at) VALUES (%s, %s, %s, %s, %s, now()) "
    "ON CONFLICT (org_id, resource, day) DO "
)


def check_limit(resource: str, amount: int = 1) -> None:
    """Raises LimitReached when ``amount`` more would pass the organization's limit. In a tenant transaction.

    Nothing is taken: see `use` and `meter`.
    """
    limit = selectors.plan_in_force().limits[resource]
    used = _used(resource)
    if used + amount > limit:
        raise _refusal(resource, limit, used)


def use(resource: str, amount: int = 1) -> None:
    """Take ``amount`` of a standing resource in the action's own transaction, after `check_limit` there.

    One compare-and-set: of parallel actions that all passed the check, none gets past the limit. Late in the
    transaction, because until it ends the organization's others wait here. Raises LimitReached.
    """
    limit = selectors.plan_in_force().limits[resource]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE usage_rows SET amount = amount + %(more)s WHERE org_id = %(org)s AND resource = %(resource)s "
            "AND day = %(day)s AND amount + %(more)s <= %(limit)s",
            {"more": amount, "org": current_organization(), "resource": resource, "day": STANDING, "limit": limit},
        )
        taken = cursor.rowcount == 1
    if not taken:
        raise _refusal(resource, limit, selectors.used(resource))


def take(resource: str, amount: int = 1) -> None:
    """Take ``amount`` of a daily resource in the action's own transaction, before it is spent: of parallel actions none
    gets past the limit. Raises LimitReached.
    """
    limit = selectors.plan_in_force().limits[resource]
    within = "UPDATE SET amount = usage_rows.amount + EXCLUDED.amount WHERE usage_rows.amount + EXCLUDED.amount <= %s"
    if amount > limit or not _write(resource, amount, within, limit):
        raise _refusal(resource, limit, selectors.used(resource))


def hold(resource: str, amount: int) -> None:
    """Put ``amount`` of a daily resource aside for a call that has begun, until `release`: what it will spend is not
    known yet. Raises LimitReached when nothing is left, so that of parallel calls one alone passes the limit.
    """
    limit = selectors.plan_in_force().limits[resource]
    while_any_is_left = "UPDATE SET amount = usage_rows.amount + EXCLUDED.amount WHERE usage_rows.amount < %s"
    if not limit or not _write(resource, amount, while_any_is_left, limit):
        raise _refusal(resource, limit, selectors.used(resource))


def release(resource: str, amount: int = 1) -> None:
    """Give back ``amount``, in the transaction that frees it: of a daily resource, what was taken today."""
    require_tenant_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE usage_rows SET amount = greatest(amount - %s, 0) WHERE org_id = %s AND resource = %s AND day = %s",
            [amount, current_organization(), resource, selectors.day_of(resource)],
        )


def meter(resource: str, amount: int = 1) -> None:
    """Add what was spent of a daily resource, in the transaction that keeps what it was spent on."""
    if amount:
        _write(resource, amount, "UPDATE SET amount = usage_rows.amount + EXCLUDED.amount")


def set_plan(organization: UUID, plan: str) -> str:
    """Give an organization another plan: returns the one before. For the administrator of the platform."""
    with tenant(organization):
        before = selectors.plan_in_force().name
        row, _ = OrganizationPlan.objects.update_or_create(defaults={"plan": plan})
        record("plan.set", row, detail={"from": before, "to": plan})
    return before


def reconcile_all() -> int:
    """Count every metered resource of every organization again and correct its meter. Returns how many were wrong."""
    return sum(_reconcile(organization) for organization in selectors.metered_organizations())


def _reconcile(organization: UUID) -> int:
    wrong = 0
    for resource in sorted(registered().keys() - UNMETERED):
        with tenant(organization):
            wrong += _reconcile_one(resource)
    return wrong


def _reconcile_one(resource: str) -> bool:
    """Under the meter's lock: who used something before is counted, who uses something after adds to what we write."""
    rows = UsageRow.objects.filter(resource=resource, day=selectors.day_of(resource))
    row = rows.select_for_update().first()
    if row is None:
        return False
    before, row.amount = row.amount, counted(resource)
    if row.amount != before:
        row.save(update_fields=["amount"])
        record("usage.corrected", row, detail={"resource": resource, "from": before, "to": row.amount})
        logger.warning("a meter was wrong", extra={"resource": resource, "before": before, "after": row.amount})
    if resource not in DAILY:
        yesterday = timezone.now().date() - timedelta(days=1)
        _write(resource, row.amount, "UPDATE SET amount = EXCLUDED.amount", day=yesterday)
    return bool(row.amount != before)


def _used(resource: str) -> int:
    """What is used now; a standing resource gets its meter here, from a count."""
    if resource in UNMETERED:
        return _counted_alone(resource)
    amount = selectors.metered(resource)
    if amount is None:
        _write(resource, counted(resource), "NOTHING")
        amount = selectors.metered(resource)
    assert amount is not None
    return amount


def _counted_alone(resource: str) -> int:
    """Nobody else of this organization comes between the count and the end of the transaction."""
    key = f"limit:{current_organization()}:{resource}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    return counted(resource)


def _write(resource: str, amount: int, conflict: str, *more: int, day: date | None = None) -> bool:
    """Whether a row was written: ``conflict`` may say no to one that exists."""
    require_tenant_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD + conflict,
            [new_id(), current_organization(), resource, day or selectors.day_of(resource), amount, *more],
        )
        return bool(cursor.rowcount == 1)


def _refusal(resource: str, limit: int, used: int) -> LimitReached:
    resets_at = selectors.resets_at(resource)
    left = ceil((resets_at - timezone.now()).total_seconds()) if resets_at else None
    return LimitReached(
        f"The limit of your plan is reached: {resource} {used} of {limit}.",
        code="plan_limit",
        retry_after=left,
        resource=resource,
        limit=limit,
        used=used,
        resets_at=resets_at.isoformat() if resets_at else None,
    )
