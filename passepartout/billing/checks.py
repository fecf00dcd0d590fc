"""System checks: a default plan that does not exist."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from .plans import PLANS


@register()
def the_default_plan_exists(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEFAULT_PLAN in PLANS:
        return []
    return [Error(f"DEFAULT_PLAN must be one of {', '.join(PLANS)}", id="billing.E001")]
