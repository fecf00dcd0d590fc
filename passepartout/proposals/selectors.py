"""Reading proposals: whose they are, who may decide, what may be done with one now."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from passepartout.kernel.errors import NotFound
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.matrix import MATRIX
from passepartout.tenancy.models import Role
from passepartout.tenancy.selectors import live_memberships

from .analysis.refusals import sentence
from .decision import Standing
from .models import PROPOSAL, Proposal, SqlPolicy

RESOURCE = "proposals"
APPROVED = frozenset({"approved", "executing", "executed", "failed"})


def proposals_visible_to(caller: Caller) -> QuerySet[Any]:
    """The organization's, or only one's own where the role reaches no further."""
    every = Proposal.objects.order_by("-created_at", "-id")
    if caller.reach(RESOURCE) == "organization":
        return every
    return every.filter(requester=caller.user.pk)


def proposal_visible_to(caller: Caller, ident: UUID) -> Proposal:
    """Raises NotFound."""
    found: Proposal | None = proposals_visible_to(caller).filter(pk=ident).first()
    if found is None:
        raise NotFound("There is no such proposal.")
    return found


def standing_of(caller: Caller) -> Standing:
    """What the caller's role may propose, and what the organization lets it run unasked."""
    return Standing(proposes=caller.may(RESOURCE, "write"), reads_at_once=caller.role in reads_at_once())


def may_approve(caller: Caller, proposal: Proposal) -> bool:
    """Reads: whoever approves. Writes: an administrator who did not ask for it."""
    if not caller.may(RESOURCE, "approve"):
        return False
    if proposal.kind == Proposal.Kind.READ:
        return True
    return caller.role == Role.ORG_ADMIN and proposal.requester != caller.user.pk


def approvers_of(ident: UUID) -> tuple[UUID, ...]:
    """Members who may decide on a proposal that waits, without who asked; none when it waits no more.

    In the organization's scope.
    """
    proposal: Proposal | None = Proposal.objects.filter(pk=ident, status="pending_approval").first()
    if proposal is None:
        return ()
    roles = [role for role, grant in MATRIX[RESOURCE].items() if "approve" in grant.verbs]
    if proposal.kind == Proposal.Kind.WRITE:
        roles = [Role.ORG_ADMIN]
    members = live_memberships().filter(role__in=roles).exclude(user_id=proposal.requester)
    return tuple(members.order_by("created_at", "id").values_list("user_id", flat=True))


def reads_at_once() -> list[str]:
    """Roles whose reads run unasked in the organization in scope."""
    policy = SqlPolicy.objects.first()
    return list(policy.reads_at_once) if policy is not None else []


def in_language(caller: Caller, said: Mapping[str, str]) -> str:
    """Of a text in both languages, the caller's."""
    return said.get("fr" if caller.user.locale.startswith("fr") else "en", "")


def refusal_of(caller: Caller, proposal: Proposal) -> dict[str, str] | None:
    """Why it will not run, or did not: a code, and a sentence in the caller's language."""
    code = proposal.refusal_code or proposal.error_code
    if not code:
        return None
    said = {language: sentence(code, proposal.refusal_name, language) for language in ("fr", "en")}
    return {"code": code, "detail": in_language(caller, said)}


def approvals_of(proposal: Proposal) -> list[dict[str, Any]]:
    """Who let it run. Nobody by name where the organization's policy did."""
    if proposal.status not in APPROVED:
        return []
    at = proposal.decided_at or proposal.created_at
    return [{"by": proposal.decided_by, "at": at, "comment": proposal.comment}]


def in_brief(caller: Caller, proposal: Proposal) -> dict[str, Any]:
    """What an answer says of the proposal that it made."""
    return {
        "id": str(proposal.pk),
        "kind": proposal.kind,
        "status": proposal.status,
        "reading": in_language(caller, proposal.reading),
        "sql": proposal.sql,
        "tables": proposal.tables,
        "refusal": refusal_of(caller, proposal),
    }


def expired() -> list[Proposal]:
    """Those of the organization in scope that nobody ran in time."""
    waiting = PROPOSAL.transitions["expire"].sources
    return list(Proposal.objects.filter(status__in=waiting, expires_at__lte=Now()))


def lost(age: timedelta) -> list[Proposal]:
    """Those that have been running for longer than ``age``."""
    return list(Proposal.objects.filter(status="executing", started_at__lte=Now() - age))


def untold(age: timedelta) -> list[Proposal]:
    """Changes that ran longer than ``age`` ago, by a process that died before it told anybody."""
    return list(Proposal.objects.filter(status="executed", told_at=None, executed_at__lte=Now() - age))


def organizations_to_settle(age: timedelta, untold: timedelta) -> list[UUID]:
    """Across organizations: ids only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT org_id FROM proposals_to_settle(make_interval(secs => %s), make_interval(secs => %s))",
            [age.total_seconds(), untold.total_seconds()],
        )
        return [row[0] for row in cursor.fetchall()]


def actions_offered(caller: Caller, proposal: Proposal) -> list[str]:
    """What this caller may ask for in the proposal's present state."""
    own = proposal.requester == caller.user.pk
    allowed = {
        "approve": may_approve(caller, proposal),
        "reject": may_approve(caller, proposal),
        "execute": own or may_approve(caller, proposal),
        "cancel": own,
    }
    return [name for name in PROPOSAL.offered(proposal.status) if allowed[name]]
