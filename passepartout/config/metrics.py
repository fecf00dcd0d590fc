"""GET /metrics for Prometheus: numbers of this process, and of the outbox as the database knows it. No data."""

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from passepartout.jobs import gpus
from passepartout.lifecycle.selectors import backlog

WAITING = Gauge("pp_events_waiting", "Deliveries of events that wait, in all organizations")
OLDEST = Gauge("pp_events_oldest_seconds", "How long the oldest of them has waited")
DEAD = Gauge("pp_events_dead", "Deliveries that were given up")
GPU_BUSY = Gauge("pp_gpu_busy", "1 while a service that asks for the GPU waits; -1: not known", ["device"])
GPU_WAITING = Gauge("pp_gpu_waiting", "Claims that wait for the GPU; -1: not known", ["device"])
GPU_HELD = Gauge("pp_gpu_held_seconds", "How long the present service has held the GPU", ["device"])


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Not found without METRICS_TOKEN, and for whoever does not show it."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(shown, settings.METRICS_TOKEN):
        raise Http404
    _look_at_outbox()
    _look_at_gpus()
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _look_at_outbox() -> None:
    try:
        waiting, oldest, dead = backlog()
    except DatabaseError:
        waiting, oldest, dead = -1, -1.0, -1  # not known: the process's own numbers are still worth having
    WAITING.set(waiting)
    OLDEST.set(oldest)
    DEAD.set(dead)


def _look_at_gpus() -> None:
    for device, usage in zip(settings.GPU_DEVICES, gpus.usages(), strict=True):
        GPU_BUSY.labels(device).set(-1 if usage is None else usage.busy)
        GPU_WAITING.labels(device).set(-1 if usage is None else len(usage.waiting))
        GPU_HELD.labels(device).set(0 if usage is None else usage.held)
