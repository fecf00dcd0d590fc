"""What goes out: ids of what happened, and how far jobs are. Nothing here says more than an id."""

import json
import logging
from time import monotonic
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone
from redis.exceptions import RedisError

from passepartout.kernel.errors import Unavailable
from passepartout.kernel.events import Occurrence
from passepartout.kernel.ids import new_id
from passepartout.kernel.progress import Progress

from .rooms import rooms_for

logger = logging.getLogger("passepartout.realtime")
MESSAGE = "live.message"
BETWEEN = 0.25  # seconds between two reports of one job
PAUSE = 5.0  # seconds without reports after Valkey did not answer: the work must not wait for it
REMEMBERED = 256  # jobs
_last: dict[UUID, float] = {}
_silent_until = 0.0


def announce(occurrence: Occurrence) -> None:
    """An event, to the sockets of its audience. Raises Unavailable while Valkey is away: it is told again."""
    event = occurrence.event
    facts = {
        "type": event.kind,
        "id": str(event.subject),
        "organization": str(occurrence.organization),
        "at": occurrence.at.isoformat(),
        "event": str(occurrence.ident),
    }
    try:
        _send(rooms_for(occurrence.organization, event.audience), str(occurrence.ident), facts)
    except (RedisError, OSError) as error:
        raise Unavailable("The channel layer does not answer.") from error


def show_progress(progress: Progress) -> None:
    """A job's report, at most four a second; lost while Valkey is away."""
    global _silent_until  # noqa: PLW0603  (one pause for the process)
    now = monotonic()
    if now < _silent_until or now - _last.get(progress.job, -BETWEEN) < BETWEEN:
        return
    _remember(progress.job, now)
    facts = {
        "type": "job.progress",
        "id": str(progress.subject) if progress.subject else None,
        "organization": str(progress.organization),
        "at": timezone.now().isoformat(),
        "job": str(progress.job),
        "kind": progress.kind,
        "step": progress.step,
        "done": progress.done,
        "total": progress.total,
    }
    try:
        _send(rooms_for(progress.organization, progress.audience), str(new_id()), facts)
    except (RedisError, OSError) as error:
        _silent_until = now + PAUSE
        logger.warning("progress not shown", extra={"error": type(error).__name__})


def _remember(job: UUID, now: float) -> None:
    _last[job] = now
    if len(_last) > REMEMBERED:
        del _last[min(_last, key=lambda known: _last[known])]


def _send(rooms: list[str], key: str, facts: dict[str, Any]) -> None:
    """``key`` lets a socket that listens in several of the rooms pass the message on once."""
    async_to_sync(_send_to_all)(rooms, {"type": MESSAGE, "key": key, "text": json.dumps(facts)})


async def _send_to_all(rooms: list[str], message: dict[str, str]) -> None:
    layer = get_channel_layer()
    for room in rooms:
        await layer.group_send(room, message)
