"""Reading recorded calls: one's own, or all by role; texts only where every passage behind them may be seen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from passepartout.audit.services import record
from passepartout.kernel.errors import NotFound
from passepartout.tenancy.callers import Caller

from .contexts import TURN_BEFORE, Shown, shown_to
from .metered import MODEL
from .models import LlmJob


@dataclass(frozen=True)
class Detail:
    """A recorded call. ``withheld``: prompt and answer are not shown, because a passage that they may repeat is gone or
    not the reader's to see, or they were erased, or, of somebody else's call, because it repeats an earlier answer.
    """

    job: LlmJob
    context: Sequence[Shown]
    withheld: bool

    @property
    def messages(self) -> list[dict[str, str]] | None:
        """What the engine was told; a question alone where no model was asked. None when withheld."""
        if self.withheld:
            return None
        if self.job.engine != MODEL:
            return [{"role": "user", "content": self.job.prompt}]
        return [{"role": role, "content": content} for role, content in json.loads(self.job.prompt)]

    @property
    def result(self) -> str | None:
        return None if self.withheld else self.job.result


def jobs_visible_to(caller: Caller) -> Any:
    """Newest first."""
    rows = LlmJob.objects.order_by("-created_at", "-id")
    return rows if caller.reach("llm_jobs") == "organization" else rows.filter(user_id=caller.user.pk)


def detail_of(caller: Caller, ident: UUID) -> Detail:
    """Reading what somebody else asked is an audit line. Raises NotFound."""
    job: LlmJob | None = jobs_visible_to(caller).filter(pk=ident).first()
    if job is None:
        raise NotFound("There is no such call.")
    context = shown_to(caller, job.context_refs, job.created_at)
    theirs = job.user_id != caller.user.pk
    gone = job.erased_at is not None or not all(each.visible for each in context)
    withheld = gone or (theirs and _repeats_a_turn(job))
    if theirs and not withheld:
        record("llm_jobs.read", job)
    return Detail(job, context, withheld)


def _repeats_a_turn(job: LlmJob) -> bool:
    """An earlier answer is in the prompt, from passages that this call does not name."""
    return job.engine == MODEL and any(f"{mark}:" in job.prompt for mark in TURN_BEFORE.values())
