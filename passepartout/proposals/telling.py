"""Telling what happened to a proposal, in the transaction in which it happens."""

from passepartout.kernel.events import Audience
from passepartout.lifecycle.services import publish

from .events import ProposalEvent
from .models import Proposal


def tell(shape: type[ProposalEvent], proposal: Proposal, **facts: str) -> None:
    publish(
        shape(
            subject=proposal.pk,
            audience=Audience("proposals", users=(proposal.requester,)),
            requester=proposal.requester,
            status=proposal.status,
            **facts,
        )
    )
