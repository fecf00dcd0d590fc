"""The base of every tenant table: organization, key, and a manager that refuses to work outside a scope."""

from typing import Any

from django.db import models
from django.db.models import sql

from .ids import new_id
from .rls import TenantRLS
from .scope import current_organization, require_tenant_transaction


class TenantQuery(sql.Query):
    """Compiling is the one step that every read passes: outside a scope it raises instead of finding nothing."""

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        require_tenant_transaction()
        return super().get_compiler(*args, **kwargs)


class TenantQuerySet(models.QuerySet[Any]):
    """Writes change their query's class on the way, so they are guarded here."""

    def update(self, **kwargs: Any) -> int:
        require_tenant_transaction()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        require_tenant_transaction()
        return super().delete()


class TenantManager(models.Manager[Any]):
    def get_queryset(self) -> TenantQuerySet:
        return TenantQuerySet(self.model, query=TenantQuery(self.model), using=self._db)


class TenantModel(models.Model):
    """A row of one organization. A child ``Meta`` inherits from `TenantModel.Meta` and extends its constraints."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    org = models.ForeignKey(
        "tenancy.Organization", on_delete=models.CASCADE, related_name="+", default=current_organization, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        constraints = [
            TenantRLS(name="%(app_label)s_%(class)s_rls"),
            models.UniqueConstraint(fields=["org", "id"], name="%(app_label)s_%(class)s_org_id"),
        ]
