"""The GPUs that this installation's settings name: who computes on them, who waits."""

from functools import lru_cache
from typing import Any

from django.conf import settings

from engines.accelerator import Accelerator, GpuUnavailable, Usage
from engines.accelerator.valkey import ValkeyAccelerator

_made: list[ValkeyAccelerator] = []


def accelerator(device: str) -> Accelerator:
    """The leases of a GPU; asked for over the same Valkey by every service that computes on it."""
    return _accelerator(settings.REDIS_URL, device, float(settings.GPU_LEASE_SECONDS), settings.GPU_QUEUE)


@lru_cache
def _accelerator(url: str, device: str, seconds: float, queue: int) -> Accelerator:
    made = ValkeyAccelerator(url, device, seconds=seconds, longest_queue=queue)
    _made.append(made)
    return made


def forget() -> None:
    """Close every connection; what is asked for after begins anew."""
    _accelerator.cache_clear()
    while _made:
        _made.pop().close()


def usages() -> list[Usage | None]:
    """Of each GPU, in the order of GPU_DEVICES; None for one whose leases cannot be asked for."""
    return [_usage(device) for device in settings.GPU_DEVICES]


def shown() -> list[dict[str, Any]]:
    """Of each GPU, as people are told: services, never whose work it is."""
    found = zip(settings.GPU_DEVICES, usages(), strict=True)
    return [{"device": device, "known": usage is not None, **_told(usage or Usage(device))} for device, usage in found]


def _told(usage: Usage) -> dict[str, Any]:
    waiting = [
        {
            "service": each.service,
            "position": each.position,
            "eta_seconds": round(each.eta, 1),
            "waited_seconds": round(each.waited, 1),
        }
        for each in usage.waiting
    ]
    return {
        "busy": usage.busy,
        "holder": usage.holder,
        "held_seconds": round(usage.held, 1),
        "calls": usage.calls,
        "settling_seconds": round(usage.settling, 1),
        "waiting": waiting,
    }


def _usage(device: str) -> Usage | None:
    try:
        return accelerator(device).usage()
    except GpuUnavailable:
        return None
