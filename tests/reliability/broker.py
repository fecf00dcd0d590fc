"""Uploads while the broker forgets everything (FLUSHALL) and is killed. Passes when nothing is lost and what waited is
sent again within a minute of its return.
"""

import contextlib
import signal
from typing import Any

import redis

from tests.reliability.drills import Uploads, all_final, sending, verdict
from tests.reliability.installation import Client, Installation, reached

FULL = {"uploads": 500, "times": 3}
SMALL = {"uploads": 30, "times": 1}
REQUEUED_SECONDS = 60
FINAL_SECONDS = 600
# Queued, and not sent to the broker since the moment that is given.
FORGOTTEN = "SELECT count(*) FROM jobs WHERE state = 'queued' AND (sent_at IS NULL OR sent_at < '{since}')"


def run(installation: Installation, *, uploads: int, times: int) -> dict[str, Any]:
    sent, client = Uploads(), Client(installation)
    requeued: list[float | None] = []
    with sending(sent, client, uploads):
        for _ in range(times):
            reached(lambda: len(sent.taken) >= (len(requeued) + 1) * uploads // (times + 1), seconds=300)
            requeued.append(_forgotten(installation))
    took = all_final(installation, seconds=FINAL_SECONDS)
    client.close()
    seen = verdict(installation, sent)
    good = took is not None and all(seconds is not None and seconds <= REQUEUED_SECONDS for seconds in requeued)
    return {
        "uploads": uploads,
        "flushed_and_killed": times,
        "requeued_seconds": requeued,
        "all_final_seconds_after_the_last_upload": took,
        **seen,
        "passed": good and not seen["wrong"],
    }


def _forgotten(installation: Installation) -> float | None:
    """Seconds until every job that waited when the broker forgot was sent again or taken."""
    with contextlib.closing(installation.broker()) as broker:
        broker.flushall()
    installation.signal("valkey", signal.SIGKILL)
    since = installation.rows("SELECT now()")[0][0].isoformat()
    with contextlib.closing(installation.broker()) as broker:
        reached(lambda: _answers(broker), seconds=60)
    return reached(lambda: not installation.number(FORGOTTEN.format(since=since)), seconds=180)


def _answers(broker: redis.Redis) -> bool:
    return bool(broker.ping())
