"""PostgreSQL stopped "fast" and "immediate" in turns while notes are uploaded and indexed.

Passes when callers get 503 and nothing else meanwhile, all is back within 15 seconds, no document is half written (row,
file, job, audit line, chunks and vectors, or nothing), and the audit chain is whole.
"""

import signal
import time
from typing import Any

from tests.reliability.drills import Uploads, all_final, sending, verdict
from tests.reliability.installation import Client, Installation, reached

FULL = {"uploads": 100, "times": 5}
SMALL = {"uploads": 20, "times": 2}
BACK_SECONDS = 15
FINAL_SECONDS = 600
ALLOWED = {"201", "503"}
STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


def run(installation: Installation, *, uploads: int, times: int) -> dict[str, Any]:
    sent, client = Uploads(), Client(installation)
    back: list[dict[str, Any]] = []
    with sending(sent, client, uploads):
        for number in range(times):
            reached(lambda: len(sent.taken) >= (len(back) + 1) * uploads // (times + 1), seconds=300)
            kind = list(STOPS)[number % len(STOPS)]
            installation.signal("postgres", STOPS[kind])
            back.append({"stop": kind, "back_seconds": _back(client)})
    took = all_final(installation, seconds=FINAL_SECONDS)
    client.close()
    seen = verdict(installation, sent)
    other = sorted(set(seen["answers"]) - ALLOWED)
    quick = all(each["back_seconds"] is not None and each["back_seconds"] <= BACK_SECONDS for each in back)
    return {
        "uploads": uploads,
        "restarts": back,
        "slowest_refusal_seconds": sent.slowest_refusal,
        "answers_other_than_201_and_503": other,
        "all_final_seconds_after_the_last_upload": took,
        **seen,
        "passed": quick and not other and took is not None and not seen["wrong"],
    }


def _back(client: Client) -> float | None:
    """Seconds until a list is answered again, after it was refused or a second has passed."""
    start = time.monotonic()
    reached(lambda: client.get("documents/").status_code != 200, seconds=1, every=0.05)
    found = reached(lambda: client.get("documents/").status_code == 200, seconds=120)
    return None if found is None else round(time.monotonic() - start, 2)
