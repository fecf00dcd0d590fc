"""Propose, approve, reject, cancel, execute. Nothing that a model wrote runs but through here."""

import hashlib
import json
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from passepartout.audit.services import record
from passepartout.kernel.errors import Conflict, Forbidden, InvalidInput
from passepartout.kernel.scope import engine_call, tenant, tenant_transaction
from passepartout.kernel.sqlviews import catalogue
from passepartout.llm.models import LlmJob
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.matrix import MATRIX
from passepartout.tenancy.models import Role

from . import selectors
from .analysis import Read, Refused, Write, analyse
from .decision import Allow, Decision, Reject, Standing, decide
from .events import ProposalDecided, ProposalExecuted, ProposalMade
from .execution import confined, reads, writes
from .models import PROPOSAL, Proposal, SqlPolicy
from .reading import reading
from .telling import tell

Analysed = Read | Write
LOST_AFTER = timedelta(minutes=5)  # far more than the database lets a statement take
UNTOLD_AFTER = timedelta(seconds=30)  # far more than it takes from a change to its event


def propose(caller: Caller, sql: str, *, question: str, source: str, llm_job: LlmJob | None = None) -> Proposal:
    """Analyse, decide, look ahead, keep; a read that the organization's policy lets run is run at once.

    ``source``: "model", "saved question" or "person". Outside any transaction. Raises Unavailable.
    """
    with tenant_transaction():
        standing = selectors.standing_of(caller)
    analysed, decision = _decided(sql, standing)
    ahead = {}
    if isinstance(analysed, (Read, Write)) and not isinstance(decision, Reject):
        ahead = _look_ahead(caller, analysed)
    if "error" in ahead:
        decision = Reject(ahead.pop("error"))
    with tenant_transaction():
        proposal = _keep(caller, sql, analysed, decision, ahead, question=question, source=source, llm_job=llm_job)
    return execute(caller, proposal.pk) if isinstance(decision, Allow) else proposal


def _decided(sql: str, standing: Standing) -> tuple[Analysed | Refused, Decision]:
    try:
        analysed: Analysed | Refused = analyse(sql, catalogue())
    except Refused as refused:
        analysed = refused
    return analysed, decide(analysed, standing)


def _look_ahead(caller: Caller, analysed: Analysed) -> dict[str, Any]:
    """What it would read or change: rows expected, or rows before and after. ``error`` when the database says no."""
    try:
        with engine_call():
            if isinstance(analysed, Read):
                return {"estimated_rows": reads.estimate(analysed, _place(caller)).rows}
            view = catalogue().views[analysed.view]
            change = writes.preview(analysed, view, _place(caller))
    except confined.Failed as failed:
        return {"error": failed.code}
    return {
        "estimated_rows": len(change.after),
        "preview": change.told,
        "preview_sha256": change.digest,
    }


def _place(caller: Caller) -> confined.Place:
    return confined.Place(caller.organization.pk, caller.organization.zone.key)


def _keep(
    caller: Caller, sql: str, analysed: Analysed | Refused, decision: Decision, ahead: dict[str, Any], **said: Any
) -> Proposal:
    proposal = Proposal(requester=caller.user.pk, proposed_sql=sql[:8000], **said, **ahead)
    if isinstance(analysed, (Read, Write)):
        proposal.kind = Proposal.Kind.READ if isinstance(analysed, Read) else Proposal.Kind.WRITE
        proposal.sql = analysed.sql
        proposal.reading = {language: reading(analysed, catalogue(), language) for language in ("fr", "en")}
        proposal.tables = list(analysed.views) if isinstance(analysed, Read) else [analysed.view]
        proposal.sha256 = _digest(caller, analysed)
        proposal.expires_at = timezone.now() + timedelta(hours=settings.SQL_PROPOSAL_HOURS)
    if isinstance(decision, Reject):
        proposal.refusal_code, proposal.refusal_name = decision.code, decision.name[:64]
        proposal.status = PROPOSAL.target("invalidate", proposal.status)
    else:
        proposal.risk = decision.risk
        proposal.status = PROPOSAL.target("allow" if isinstance(decision, Allow) else "submit", proposal.status)
    proposal.save(force_insert=True)
    record("proposal.made", proposal, detail={"status": proposal.status, "sha256": proposal.sha256})
    tell(ProposalMade, proposal, risk=proposal.risk)
    return proposal


def _digest(caller: Caller, analysed: Analysed) -> str:
    """Of all that would run: the organization, the statement or the structure."""
    said = analysed.sql if isinstance(analysed, Read) else asdict(analysed)
    return hashlib.sha256(json.dumps([str(caller.organization.pk), said], sort_keys=True).encode()).hexdigest()


def approve(caller: Caller, ident: UUID, *, comment: str = "") -> Proposal:
    """By a person. Raises NotFound, Forbidden (one's own change, or not one's to approve) and Conflict."""
    return _decide_on(caller, ident, "approve", comment)


def reject(caller: Caller, ident: UUID, *, comment: str) -> Proposal:
    """A reason is asked for. Raises InvalidInput, NotFound, Forbidden and Conflict."""
    if not comment.strip():
        raise InvalidInput("Say why.", field="comment")
    return _decide_on(caller, ident, "reject", comment)


def cancel(caller: Caller, ident: UUID) -> Proposal:
    """By who asked. Raises NotFound, Forbidden and Conflict."""
    with tenant_transaction():
        proposal = selectors.proposal_visible_to(caller, ident)
        if proposal.requester != caller.user.pk:
            raise Forbidden("Only who asked for this may cancel it.")
        return _moved(proposal, "cancel")


def _decide_on(caller: Caller, ident: UUID, action: str, comment: str) -> Proposal:
    with tenant_transaction():
        if caller.scopes is not None:  # a key does not say whose eyes these are
            raise Forbidden("A person decides on this, not a key.", code="session_required")
        proposal = selectors.proposal_visible_to(caller, ident)
        if not selectors.may_approve(caller, proposal):
            own = proposal.requester == caller.user.pk and caller.may(selectors.RESOURCE, "approve")
            code = "four_eyes" if own else "forbidden"
            raise Forbidden("Somebody else must decide on this.", code=code)
        _refuse_expired(proposal)
        return _moved(
            proposal, action, decided_by=caller.user.pk, decided_at=timezone.now(), comment=comment.strip()[:500]
        )


def execute(caller: Caller, ident: UUID) -> Proposal:
    """Run what was approved: analysed again, its hash compared, once. Outside any transaction.

    What the database refuses ends as `failed` with a code; a change whose rows moved on goes back to be approved
    again. Raises Forbidden, Conflict and Unavailable.
    """
    with ExitStack() as stack:
        with tenant_transaction():
            proposal = selectors.proposal_visible_to(caller, ident)
            if proposal.requester != caller.user.pk and not selectors.may_approve(caller, proposal):
                raise Forbidden("Only who asked for this, or who approved it, may run it.")
            _refuse_expired(proposal)
            PROPOSAL.target("execute", proposal.status)
            role = confined.reading if proposal.kind == Proposal.Kind.READ else confined.writing
            session = stack.enter_context(role())  # logs in while we write
            _moved(proposal, "execute", started_at=timezone.now())
        try:
            with engine_call():
                outcome = _run(caller, proposal, session)
        except confined.Failed as failed:
            return _failed(proposal, failed.code)
    with tenant_transaction():
        if proposal.kind == Proposal.Kind.READ:
            now = timezone.now()
            return _moved(proposal, "done", result=outcome, executed_at=now, told_at=now)
        # The change committed with its status, its result and its audit line, by the writing role.
        proposal.refresh_from_db()
        _tell_executed(proposal)
    return proposal


def _tell_executed(proposal: Proposal) -> None:
    """Once: by whoever executed it, or by the sweeper when that process died."""
    told = Proposal.objects.filter(pk=proposal.pk, told_at=None).update(told_at=timezone.now())
    if told:
        tell(ProposalExecuted, proposal, error=proposal.error_code)


def _run(caller: Caller, proposal: Proposal, session: confined.Session) -> Any:
    try:
        analysed = analyse(proposal.sql, catalogue())
    except Refused as refused:  # what may be read has changed since
        raise confined.Failed(refused.code) from refused
    if _digest(caller, analysed) != proposal.sha256:
        raise confined.Failed("sql_changed")
    if isinstance(analysed, Read):
        return _as_json(asdict(reads.run(analysed, _place(caller), session)))
    if proposal.decided_by is None:  # no policy approves a change
        raise confined.Failed("sql_used")
    approval = writes.Approval(
        proposal.pk, proposal.sha256, proposal.requester, proposal.decided_by, proposal.preview_sha256
    )
    return writes.run(analysed, catalogue().views[analysed.view], _place(caller), approval, session).told


def _failed(proposal: Proposal, code: str) -> Proposal:
    """A change whose rows are no longer what was seen is shown again; everything else has failed."""
    with tenant_transaction():
        if code != "sql_stale":
            return _moved(proposal, "fail", error_code=code)
        return _moved(proposal, "return", error_code=code, decided_by=None, decided_at=None)


def _refuse_expired(proposal: Proposal) -> None:
    if proposal.expires_at is not None and proposal.expires_at <= timezone.now():
        raise Conflict("This proposal has expired.", code="proposal_expired")


def settle_all() -> int:
    """What nobody decided in time has expired; what was being run by a process that died has failed, and is never run
    twice; of a change that ran, and whose process died before it told, it is told now. Returns how many were settled.
    """
    return sum(_settle(organization) for organization in selectors.organizations_to_settle(LOST_AFTER, UNTOLD_AFTER))


def _settle(organization: UUID) -> int:
    with tenant(organization):
        expired, lost, untold = selectors.expired(), selectors.lost(LOST_AFTER), selectors.untold(UNTOLD_AFTER)
        for proposal in expired:
            _moved(proposal, "expire")
        for proposal in lost:
            _moved(proposal, "fail", error_code="sql_lost")
        for proposal in untold:
            _tell_executed(proposal)
        return len(expired) + len(lost) + len(untold)


def set_policy(caller: Caller, *, reads_at_once: list[str]) -> SqlPolicy:
    """Which roles' reads run unasked. In a tenant transaction. Raises Forbidden, and InvalidInput for a role that
    may not propose."""
    caller.require("organization", "write")
    roles = sorted(set(reads_at_once))
    for role in roles:
        if "write" not in MATRIX[selectors.RESOURCE][Role(role)].verbs:
            raise InvalidInput(f"{role} may not propose anything.", field="reads_at_once")
    policy, _ = SqlPolicy.objects.update_or_create(org_id=caller.organization.pk, defaults={"reads_at_once": roles})
    record("sql_policy.changed", policy, detail={"reads_at_once": roles})
    return policy


def _moved(proposal: Proposal, action: str, **changes: Any) -> Proposal:
    """Compare and set: of two at once, one succeeds. Raises Conflict."""
    target = PROPOSAL.target(action, proposal.status)
    updated = Proposal.objects.filter(pk=proposal.pk, status=proposal.status).update(status=target, **changes)
    if updated != 1:
        raise Conflict("Somebody else was quicker.", code="wrong_state")
    for name, value in {**changes, "status": target}.items():
        setattr(proposal, name, value)
    record(
        f"proposal.{action}",
        proposal,
        detail={"status": target, "sha256": proposal.sha256, "error": proposal.error_code},
        sql_query=proposal.sql if action in {"execute", "done"} else "",
        approved_by=proposal.decided_by,
    )
    if action in {"done", "fail"}:
        tell(ProposalExecuted, proposal, error=proposal.error_code)
    elif action != "execute":
        tell(ProposalDecided, proposal)
    return proposal


def _as_json(rows: Any) -> Any:
    return json.loads(json.dumps(rows, cls=DjangoJSONEncoder, default=str))
