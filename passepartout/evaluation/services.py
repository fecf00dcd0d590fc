"""Golden questions, their runs, and the guard that a change of prompt, model or index has to pass."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from passepartout.audit.services import record
from passepartout.billing.services import check_limit
from passepartout.documents.contexts import RECIPE
from passepartout.documents.selectors import document_visible_to
from passepartout.jobs.services import Claim, enqueue, hold, report
from passepartout.kernel.errors import Conflict, Forbidden, InvalidInput
from passepartout.kernel.scope import scope, tenant_transaction
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.selectors import caller_in

from . import selectors
from .measuring import measured
from .models import RUN_MACHINE, GoldenQuestion, GoldenRun
from .scoring import Outcome, fallen, scores

RUN = "evaluation.run"
OVERRIDE_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Change:
    """What is to come into use. ``kind``: prompt, model or index; ``key`` and ``to`` say which and what (a prompt's
    label and version's digest, a model's identifier)."""

    kind: str
    key: str
    to: str


def add_question(
    caller: Caller, *, question: str, language: str, expected: Sequence[Mapping[str, Any]]
) -> GoldenQuestion:
    """Keep a question with the places that answer it; none: the right answer is that nothing is known.

    Raises Forbidden, LimitReached, NotFound for documents that the caller may not see. In the caller's transaction.
    """
    caller.require("golden", "write")
    check_limit("golden_questions")
    for place in expected:
        document_visible_to(caller, place["document"])
    places = [{**place, "document": str(place["document"])} for place in expected]
    row: GoldenQuestion = GoldenQuestion.objects.create(
        question=question, language=language, expected=places, created_by=caller.user.pk
    )
    record("golden.question_added", row)
    return row


def remove_question(caller: Caller, ident: UUID) -> None:
    """Raises Forbidden, NotFound."""
    caller.require("golden", "write")
    row = selectors.question(ident)
    record("golden.question_removed", row)
    row.delete()


def start_run(caller: Caller) -> GoldenRun:
    """Queue a run of all golden questions, as this caller sees the documents. Raises Forbidden, InvalidInput."""
    caller.require("golden", "write")
    if not selectors.questions().exists():
        raise InvalidInput("There are no golden questions yet.", code="no_golden_questions")
    row: GoldenRun = GoldenRun.objects.create(user_id=caller.user.pk)
    record("golden.run_started", row)
    enqueue(RUN, subject=row.pk, run_id=row.pk)
    return row


def perform_run(claim: Claim, run_id: UUID) -> None:
    """Ask, score, compare. Raises EngineError, AppError (Forbidden when who asked is no member any more)."""
    assert claim.user is not None
    caller = caller_in(claim.user, claim.organization)
    with tenant_transaction():
        questions = list(selectors.questions())
        waits = GoldenRun.objects.filter(pk=run_id, status=RUN_MACHINE.start).exists()
    if not waits:
        return

    def progress(done: int, total: int) -> None:
        with tenant_transaction():
            hold(claim)
            report(claim, step="asking", done=done, total=total)

    outcomes = measured(caller, questions, progress=progress)
    with tenant_transaction():
        hold(claim)
        _finish(selectors.run_locked(run_id), outcomes)


def run_now(organization: UUID) -> GoldenRun | None:
    """Ask an organization's golden questions at once, for whoever runs the installation, as the member saw the
    documents whose run was accepted. None where no run was accepted, or that member has left.
    """
    with scope(organization=organization), tenant_transaction():
        before = selectors.last_accepted()
        questions = list(selectors.questions())
    if before is None or before.user_id is None or not questions:
        return None
    try:
        caller = caller_in(before.user_id, organization)
    except Forbidden:
        return None
    with scope(organization=organization, user=before.user_id):
        outcomes = measured(caller, questions)
        with tenant_transaction():
            row: GoldenRun = GoldenRun.objects.create(user_id=before.user_id)
            _finish(row, outcomes)
    return row


def mark_failed(*, code: str, detail: str, run_id: str) -> None:
    """The run's job will not be tried again."""
    GoldenRun.objects.filter(pk=run_id, status=RUN_MACHINE.start).update(
        status=RUN_MACHINE.target("fail", RUN_MACHINE.start),
        reason=f"{code}: {detail}"[:500],
        finished_at=timezone.now(),
    )


def _finish(row: GoldenRun, outcomes: Sequence[Outcome]) -> None:
    before = selectors.last_accepted()
    row.status = RUN_MACHINE.target("finish", row.status)
    row.finished_at = timezone.now()
    row.results = [outcome.as_row() for outcome in outcomes]
    row.scores = {**scores(outcomes), "questions": len(outcomes)}
    row.subject = {
        "recipe": RECIPE,
        "engines": sorted({outcome.engine for outcome in outcomes}),
        "models": sorted({outcome.model for outcome in outcomes} - {""}),
        "embeddings": sorted({outcome.embedding for outcome in outcomes}),
    }
    row.baseline = before.pk if before else None
    row.fell = fallen(row.scores, before.scores or {}, tolerance=_tolerance()) if before else []
    row.save()
    record("golden.run_finished", row, detail={"fell": row.fell, "change": row.change})


def _tolerance() -> float:
    return float(settings.GOLDEN_TOLERANCE_PERCENT) / 100


def act_on_run(caller: Caller, ident: UUID, action: str, *, reason: str) -> GoldenRun:
    """``accept``: what later runs are compared with. ``override``: let the change that this run refused pass, once,
    within the hour; needs a reason. Raises Forbidden, NotFound, Conflict, InvalidInput. In the caller's transaction.
    """
    caller.require("golden", "approve")
    row = selectors.run_locked(ident)
    if action == "accept":
        row.status = RUN_MACHINE.target("accept", row.status)
        row.accepted_at = timezone.now()
    else:
        _require_overridable(row, reason)
        row.overridden_at = timezone.now()
    row.reason = reason
    row.save()
    past = {"accept": "accepted", "override": "overridden"}[action]
    record(f"golden.run_{past}", row, detail={"fell": row.fell, "change": row.change})
    return row


def _require_overridable(row: GoldenRun, reason: str) -> None:
    if not (row.change and row.fell and row.used_at is None):
        raise Conflict("Only a change that was refused can be let pass, and only once.", code="nothing_to_override")
    if not reason.strip():
        raise InvalidInput("Say why.", field="reason")


def guard_change(caller: Caller, change: Change, **variant: Any) -> list[str]:
    """Ask the golden questions as they would be answered after a change. Returns warnings; nothing to ask, no word.

    ``variant`` goes to the answerer (a ``prompt``). Raises Conflict ``golden_fell`` with the run when a score falls by
    more than the tolerance, unless an administrator let this very change pass (`act_on_run`). Outside any transaction.
    """
    facts = asdict(change)
    with tenant_transaction():
        questions = list(selectors.questions())
        passed = _used_override(facts)
    if passed:
        return ["golden_overridden"]
    if not questions:
        return []
    outcomes = measured(caller, questions, **variant)
    with tenant_transaction():
        row: GoldenRun = GoldenRun.objects.create(user_id=caller.user.pk, change=facts)
        _finish(row, outcomes)
    if row.fell:
        raise Conflict(
            "Golden questions are answered worse: " + ", ".join(row.fell),
            code="golden_fell",
            run=str(row.pk),
            fell=row.fell,
            scores=row.scores,
        )
    return [] if row.baseline else ["golden_no_accepted_run"]


def _used_override(change: dict[str, Any]) -> bool:
    row = selectors.override_of(change, since=timezone.now() - OVERRIDE_LASTS)
    if row is None:
        return False
    row.used_at = timezone.now()
    row.save(update_fields=["used_at"])
    record("golden.override_used", row, detail={"change": change})
    return True
