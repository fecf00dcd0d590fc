"""The GPU that a heavy engine of this process computes on, where it shares one: its turns, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from engines.accelerator import GpuUnavailable, Usage
from engines.accelerator.turns import Held, Turns
from engines.accelerator.valkey import ValkeyAccelerator
from inference.common.settings import Settings

_BUCKETS = (0.01, 0.1, 0.5, 1, 2, 5, 10, 20, 60, 180)


class Gpu(Protocol):
    """Where heavy work has its turns."""

    def measure(self, registry: CollectorRegistry) -> None: ...

    def turn(self, label: str = "", *, abandon: Callable[[], None]) -> Any:
        """A context manager around one piece of work. `abandon` ends the work, from another thread, when the lease is
        lost. Entering raises GpuBusy and GpuUnavailable."""
        ...

    def usage(self) -> Usage | None:
        """None where no GPU is shared. Raises GpuUnavailable."""
        ...


class NoGpu:
    """Work that waits for nobody."""

    def measure(self, registry: CollectorRegistry) -> None: ...

    @contextmanager
    def turn(self, label: str = "", *, abandon: Callable[[], None]) -> Iterator[None]:  # noqa: ARG002 - as `Gpu` has it
        yield

    def usage(self) -> None:
        return None


class SharedGpu:
    """Each piece of work holds the lease of the GPU, against every other service that names the same one."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._lost: Counter | None = None

    def measure(self, registry: CollectorRegistry) -> None:
        device = self._turns.accelerator.device
        busy = Gauge(
            "inference_gpu_busy", "1 while a service that asks for the GPU waits", ["device"], registry=registry
        )
        busy.labels(device).set_function(self._busy)
        waiting = Gauge("inference_gpu_waiting", "Claims that wait for the GPU", ["device"], registry=registry)
        waiting.labels(device).set_function(self._waiting)
        waited = Histogram(
            "inference_gpu_lease_wait_seconds", "Seconds that work waited for the GPU", buckets=_BUCKETS,
            registry=registry,
        )  # fmt: skip
        self._turns.tell_waits(waited.observe)
        self._lost = Counter("inference_gpu_leases_lost_total", "Leases that ended in the middle", registry=registry)

    @contextmanager
    def turn(self, label: str = "", *, abandon: Callable[[], None]) -> Iterator[Held]:
        def lost() -> None:
            if self._lost is not None:
                self._lost.inc()
            structlog.stdlib.get_logger("inference.gpu").warning("the lease of the GPU was lost", label=label)
            abandon()

        with self._turns.turn(label=label) as held:
            held.when_lost(lost)
            yield held
            held.check()  # what was computed after its end is void

    def usage(self) -> Usage:
        return self._turns.accelerator.usage()

    def _busy(self) -> float:
        try:
            return float(self.usage().busy)
        except GpuUnavailable:
            return -1.0

    def _waiting(self) -> float:
        try:
            return float(len(self.usage().waiting))
        except GpuUnavailable:
            return -1.0


def shared_gpu(settings: Settings, service: str, *, patience: float) -> Gpu:
    """For one heavy engine. `patience`: seconds that a piece of its work may wait."""
    if not settings.gpu:
        return NoGpu()
    leases = ValkeyAccelerator(settings.gpu_leases, settings.gpu, seconds=settings.gpu_lease_seconds)
    return SharedGpu(Turns(leases, service, patience=patience))


def told(gpu: Gpu) -> dict[str, Any] | None:
    """What `/health` and `/info` say of it: services, never whose work it is. Asks the store."""
    try:
        usage = gpu.usage()
    except GpuUnavailable:
        return {"known": False, "busy": True}
    if usage is None:
        return None
    waiting = [
        {"service": each.service, "position": each.position, "eta": round(each.eta, 1), "waited": round(each.waited, 1)}
        for each in usage.waiting
    ]
    return {
        "known": True, "device": usage.device, "busy": usage.busy, "holder": usage.holder,
        "held": round(usage.held, 1), "settling": round(usage.settling, 1), "waiting": waiting,
    }  # fmt: skip
