"""GET /metrics for Prometheus: numbers of this process, and of the outbox as the database knows it. No data."""

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from passepartout.lifecycle.selectors import backlog

WAITING = Gauge("pp_events_waiting", "Deliveries of events that wait, in all organizations")
OLDEST = Gauge("pp_events_oldest_seconds", "How long the oldest of them has waited")
DEAD = Gauge("pp_events_dead", "Deliveries that were given up")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Not found without METRICS_TOKEN, and for whoever does not show it."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(shown, settings.METRICS_TOKEN):
        raise Http404
    _look_at_outbox()
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _look_at_outbox() -> None:
    try:
        waiting, oldest, dead = backlog()
    except DatabaseError:
        waiting, oldest, dead = -1, -1.0, -1  # not known: the process's own numbers are still worth having
    WAITING.set(waiting)
    OLDEST.set(oldest)
    DEAD.set(dead)
