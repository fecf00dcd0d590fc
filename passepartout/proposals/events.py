"""What happens to proposals. Told to whoever reads the organization's proposals, and to who asked."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from passepartout.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ProposalEvent(Event):
    kind: ClassVar[str] = "proposal"
    requester: UUID | None = None
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class ProposalMade(ProposalEvent):
    """It waits for a decision, runs at once, or is invalid. ``risk``: low, medium, high."""

    kind: ClassVar[str] = "proposal.made"
    risk: str = ""


@dataclass(frozen=True, kw_only=True)
class ProposalDecided(ProposalEvent):
    """Approved, rejected, cancelled, expired, or sent back to be approved again."""

    kind: ClassVar[str] = "proposal.decided"


@dataclass(frozen=True, kw_only=True)
class ProposalExecuted(ProposalEvent):
    """It ran, or failed: ``error`` is a code of the reference."""

    kind: ClassVar[str] = "proposal.executed"
    error: str = ""
