"""System checks: a tenant table that forgot its policy, an unsafe secret."""

import base64
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from passepartout.kernel.rls import TenantRLS

KEY_BYTES = 32


@register()
def every_tenant_table_has_its_policy(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{model.__name__} has a column org_id and no row-level security",
            hint="Let its Meta inherit from TenantModel.Meta and extend, not replace, its constraints.",
            obj=model,
            id="tenancy.E001",
        )
        for model in apps.get_models()
        if any(field.column == "org_id" for field in model._meta.local_concrete_fields)
        and not any(isinstance(constraint, TenantRLS) for constraint in model._meta.constraints)
    ]


@register()
def secrets_are_strong(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < KEY_BYTES:
        found.append(Error("SECRET_KEY is shorter than 32 characters", id="tenancy.E002"))
    for key in settings.FIELD_ENCRYPTION_KEYS:
        try:
            good = len(base64.b64decode(key, validate=True)) == KEY_BYTES
        except ValueError:
            good = False
        if not good:
            found.append(Error("FIELD_ENCRYPTION_KEY must be 32 bytes in base64", id="tenancy.E003"))
    return found
