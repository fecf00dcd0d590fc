"""Reading proposals: whose they are, who may decide, what may be done with one now."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from passepartout.kernel.errors import NotFound
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.models import Role

from .decision import Standing
from .models import PROPOSAL, Proposal, SqlPolicy

RESOURCE = "proposals"


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
    policy = SqlPolicy.objects.first()
    at_once = policy is not None and caller.role in policy.reads_at_once
    return Standing(proposes=caller.may(RESOURCE, "write"), reads_at_once=at_once)


def may_approve(caller: Caller, proposal: Proposal) -> bool:
    """Reads: whoever approves. Writes: an administrator who did not ask for it."""
    if not caller.may(RESOURCE, "approve"):
        return False
    if proposal.kind == Proposal.Kind.READ:
        return True
    return caller.role == Role.ORG_ADMIN and proposal.requester != caller.user.pk


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
