"""Reading golden questions and runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from passepartout.kernel.errors import NotFound

from .models import GoldenQuestion, GoldenRun


def questions() -> Any:
    return GoldenQuestion.objects.order_by("-created_at", "-id")


def questions_counted() -> int:
    return int(GoldenQuestion.objects.count())


def question(ident: UUID) -> GoldenQuestion:
    """Raises NotFound."""
    found: GoldenQuestion | None = questions().filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such question.")
    return found


def runs() -> Any:
    return GoldenRun.objects.order_by("-created_at", "-id")


def run(ident: UUID) -> GoldenRun:
    """Raises NotFound."""
    found: GoldenRun | None = runs().filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such run.")
    return found


def run_locked(ident: UUID) -> GoldenRun:
    """Raises NotFound."""
    found: GoldenRun | None = GoldenRun.objects.select_for_update().filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such run.")
    return found


def last_accepted() -> GoldenRun | None:
    """What runs are compared with."""
    found: GoldenRun | None = GoldenRun.objects.filter(status="accepted").order_by("-accepted_at", "-id").first()
    return found


def override_of(change: dict[str, Any], *, since: datetime) -> GoldenRun | None:
    """A run of this very change that an administrator lets pass, and that was not used yet."""
    found: GoldenRun | None = (
        GoldenRun.objects.select_for_update()
        .filter(change=change, overridden_at__gte=since, used_at=None)
        .order_by("-overridden_at")
        .first()
    )
    return found
