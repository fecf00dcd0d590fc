"""One heavy service at a time on a GPU: the port. Adapter: `valkey`. `turns` waits, holds and gives back.

A lease has an end, which its holder moves on while it works (heartbeat), and a fencing token: a number that only grows,
so that whoever sees a lower one than before knows it to be of a holder that was taken for dead (Kleppmann, "How to do
distributed locking", 2016). Claims of a shared service hold together: one server behind them computes them all at once
(group mutual exclusion, Joung 1998); whoever of another service waits is served before more of them come in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol
from uuid import uuid4

from engines.errors import EngineBusy, EngineUnavailable


class GpuBusy(EngineBusy):
    """Another service has the GPU, and the caller would not wait (longer), or too many wait already."""

    code: ClassVar[str] = "gpu_busy"


class GpuLost(EngineUnavailable):
    """The lease ended while it was used: what was being computed is void."""

    code: ClassVar[str] = "gpu_lost"


class GpuUnavailable(EngineUnavailable):
    """Whoever keeps the leases does not answer: nothing may run, for nobody can say what else does."""

    code: ClassVar[str] = "gpu_unavailable"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks. `label`: what it is for (a job's id). `owner`: on whose share of the queue it waits."""

    service: str
    shared: bool = False
    label: str = ""
    owner: str = ""
    ident: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Lease:
    """`token` is the same for claims that hold together, and higher than of all who held before."""

    claim: Claim
    token: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim stands: `position` 1 is next. `eta` and `held` (by `holder`, "" for nobody) are in seconds."""

    position: int
    eta: float
    holder: str
    held: float


@dataclass(frozen=True, slots=True)
class Waiter:
    service: str
    label: str
    position: int
    eta: float
    waited: float


@dataclass(frozen=True, slots=True)
class Usage:
    """`holder` "" while nobody computes; `calls`: claims that hold together. `settling`: seconds in which nobody is let
    in, because what was held before is not known (the store was emptied). Times are in seconds."""

    device: str
    holder: str = ""
    token: int = 0
    held: float = 0.0
    calls: int = 0
    settling: float = 0.0
    waiting: tuple[Waiter, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether a claim of another service would wait."""
        return bool(self.holder or self.waiting or self.settling)

    def place_of(self, label: str) -> Place | None:
        """Where what `label` names waits; None when it does not."""
        for each in self.waiting:
            if label and each.label == label:
                return Place(each.position, each.eta, self.holder, self.held)
        return None


class Accelerator(Protocol):
    """The leases of one GPU. Thread-safe. Every method raises GpuUnavailable."""

    @property
    def device(self) -> str: ...

    @property
    def seconds(self) -> float:
        """How long a lease lasts unless it is renewed. The same for everybody on a device."""
        ...

    def take(self, claim: Claim, *, queue: bool = True) -> Lease | Place:
        """A lease when it is the claim's turn. Else its place, kept for some seconds: asking again keeps it on.
        Without `queue` no place is kept. Raises GpuBusy when as many wait as may."""
        ...

    def renew(self, lease: Lease) -> bool:
        """Move its end on. False: it has ended, whoever has the GPU now."""
        ...

    def admits(self, lease: Lease) -> bool:
        """Whether it is in force at this moment."""
        ...

    def release(self, claim: Claim) -> None:
        """Give back what the claim holds, and its place."""
        ...

    def usage(self) -> Usage: ...
