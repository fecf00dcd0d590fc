"""Uploads while workers are killed at random: one of a worker's processes, or the whole worker (one in four).

Passes when nothing is lost, no chunk is there twice, every window has its vector, and all is final within ten minutes
of the last kill.
"""

import contextlib
import os
import random
import signal
import time
from functools import partial
from typing import Any

from tests.reliability.drills import Uploads, all_final, sending, verdict
from tests.reliability.installation import Client, Installation, reached

FULL = {"uploads": 1000, "kills": 20}
SMALL = {"uploads": 30, "kills": 3}
FINAL_SECONDS = 600
PACE_SECONDS = 90  # a kill is not put off for ever by what stands still


def run(installation: Installation, *, uploads: int, kills: int) -> dict[str, Any]:
    sent, client = Uploads(), Client(installation)
    chance = random.Random(7)
    hit = {"worker": 0, "process": 0}
    with sending(sent, client, uploads):
        while (done := sum(hit.values())) < kills:
            reached(partial(_indexed, installation, (done + 1) * uploads // (kills + 1)), seconds=PACE_SECONDS)
            time.sleep(chance.uniform(0, 1))
            whole = chance.random() < 0.25
            if _killed(installation, chance, whole=whole):
                hit["worker" if whole else "process"] += 1
        last = time.monotonic()
    final = all_final(installation, seconds=FINAL_SECONDS)
    took = None if final is None else round(time.monotonic() - last, 1)
    client.close()
    seen = verdict(installation, sent)
    again = installation.number("SELECT count(*) FROM jobs WHERE attempt > 1")
    return {
        "uploads": uploads,
        "kills": hit,
        "jobs_tried_again": again,
        "all_final_seconds_after_the_last_kill": took,
        **seen,
        "passed": took is not None and took <= FINAL_SECONDS and not seen["wrong"],
    }


def _indexed(installation: Installation, wanted: int) -> bool:
    return installation.number("SELECT count(*) FROM documents WHERE status = 'indexed'") >= wanted


def _killed(installation: Installation, chance: random.Random, *, whole: bool) -> bool:
    """False when there was nothing to kill: the supervisor was about to start the worker again."""
    if whole:
        return installation.signal("worker", signal.SIGKILL)
    pool = installation.pool()
    if not pool:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(chance.choice(pool), signal.SIGKILL)
        return True
    return False
