"""Erasing what is older than its rule says: each organization on its own, in bounded batches, counted in its audit."""

import logging
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone

from passepartout.audit.services import record
from passepartout.kernel.scope import scope, tenant_transaction
from passepartout.tenancy.selectors import every_organization

from . import selectors

logger = logging.getLogger("passepartout.privacy")
BATCH = 200
MOST_BATCHES = 25  # of one rule in one run: what is left waits for the next, so that no organization holds up others


def retain_all() -> int:
    """Apply every rule in every organization. Returns how many things were erased.

    One rule that fails does not stop the others: its error is raised after them.
    """
    counts: list[int] = []
    with ExitStack() as every:
        for organization in reversed(every_organization()):
            every.callback(_retain, organization, counts)
    return sum(counts)


def _retain(organization: UUID, counts: list[int]) -> None:
    with scope(organization=organization):
        with tenant_transaction():
            kept = selectors.retention()
        with ExitStack() as every:
            for each in reversed(kept):
                every.callback(partial(_apply, each, counts))


def _apply(kept: selectors.Kept, counts: list[int]) -> None:
    before = timezone.now() - timedelta(days=kept.days)
    total = 0
    for _ in range(MOST_BATCHES):
        erased = kept.rule.erase(before, BATCH)
        total += erased
        if erased < BATCH:
            break
    if total:
        counts.append(total)
        with tenant_transaction():
            record("retention.applied", detail={"rule": kept.name, "days": kept.days, "count": total})
