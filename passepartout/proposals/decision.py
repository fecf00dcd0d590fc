"""What may be done with an analysed statement: run it, ask a person first, or refuse it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from .analysis import Read, Refused, Write


class Risk(StrEnum):
    """How much a person should look: sums and counts, rows of the organization, changes."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True)
class Standing:
    """What the asker's role may do with proposals, and what the organization lets run unasked.

    ``reads_at_once`` is the organization's policy for this role; writes always wait for somebody else.
    """

    proposes: bool
    reads_at_once: bool = False


@dataclass(frozen=True)
class Allow:
    """A read that runs now."""

    risk: Risk


@dataclass(frozen=True)
class NeedsApproval:
    """``four_eyes``: whoever approves must not be whoever asked."""

    risk: Risk
    four_eyes: bool


@dataclass(frozen=True)
class Reject:
    """``code`` as in `analysis.refusals`, or `not_allowed`; ``name`` what it was about."""

    code: str
    name: str = ""


Decision = Allow | NeedsApproval | Reject


def decide(analysed: Read | Write | Refused, standing: Standing) -> Decision:
    if isinstance(analysed, Refused):
        return Reject(analysed.code, analysed.name)
    if not standing.proposes:
        return Reject("not_allowed")
    if isinstance(analysed, Write):
        return NeedsApproval(Risk.HIGH, four_eyes=True)
    risk = Risk.LOW if analysed.is_summary else Risk.MEDIUM
    return Allow(risk) if standing.reads_at_once else NeedsApproval(risk, four_eyes=False)
