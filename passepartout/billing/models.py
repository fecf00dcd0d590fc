"""The plan of an organization, and what it uses."""

from datetime import date

from django.db import models

from passepartout.kernel.tenant import TenantModel

from .plans import PLANS

STANDING = date(1970, 1, 1)  # the "day" of what exists now, whatever the day


class OrganizationPlan(TenantModel):
    """Without a row: the plan that DEFAULT_PLAN names. Written by `services.set_plan` alone."""

    plan = models.CharField(max_length=16, choices=[(name, name) for name in PLANS])
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        db_table = "organization_plans"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["org"], name="organization_plans_one"),
        ]

    def __str__(self) -> str:
        return self.plan


class UsageRow(TenantModel):
    """How much of a resource was used on a day (UTC). A standing resource has its level under `STANDING`, and under
    each day the level that the nightly count found."""

    resource = models.CharField(max_length=32)
    day = models.DateField()
    amount = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        db_table = "usage_rows"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["org", "resource", "day"], name="usage_rows_day"),
        ]

    def __str__(self) -> str:
        return f"{self.resource} {self.day} {self.amount}"
