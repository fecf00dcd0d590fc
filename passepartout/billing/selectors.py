"""Reading plans, meters and what is left."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from passepartout.kernel.scope import tenant
from passepartout.tenancy.models import Organization

from .counting import UNMETERED, counted, registered
from .models import STANDING, OrganizationPlan, UsageRow
from .plans import DAILY, PLANS, Plan


@dataclass(frozen=True)
class Standing:
    """How an organization stands with one limit. ``resets_at``: of a daily one."""

    resource: str
    limit: int
    used: int
    resets_at: datetime | None

    @property
    def percent(self) -> float:
        return round(100 * self.used / self.limit, 1) if self.limit else 100.0


def plan_in_force() -> Plan:
    """The plan of the organization in scope."""
    row = OrganizationPlan.objects.only("plan").first()
    return PLANS[row.plan if row else settings.DEFAULT_PLAN]


def metered(resource: str) -> int | None:
    """What the meter shows; None for a standing resource that has none yet."""
    row = UsageRow.objects.filter(resource=resource, day=day_of(resource)).values_list("amount", flat=True).first()
    return 0 if row is None and resource in DAILY else row


def used(resource: str) -> int:
    """Without a meter: counted."""
    amount = None if resource in UNMETERED else metered(resource)
    return counted(resource) if amount is None else amount


def usage() -> list[Standing]:
    """Every limit of the organization in scope."""
    limits = plan_in_force().limits
    return [Standing(name, limits[name], used(name), resets_at(name)) for name in limits if name in registered()]


def day_of(resource: str) -> date:
    return timezone.now().date() if resource in DAILY else STANDING


def resets_at(resource: str) -> datetime | None:
    """The next midnight, UTC."""
    if resource not in DAILY:
        return None
    return datetime.combine(timezone.now().date() + timedelta(days=1), time(), tzinfo=timezone.now().tzinfo)


def organization(ident: UUID) -> Organization | None:
    """For the command line, which is in no organization."""
    with tenant(ident):
        found: Organization | None = Organization.objects.filter(pk=ident).first()
    return found


def metered_organizations() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT metered_organizations()")
        return [row[0] for row in cursor.fetchall()]
