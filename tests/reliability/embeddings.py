"""The embedding service away, then deaf (its process stopped), while notes are uploaded and questions asked.

Passes when uploads are taken, questions are answered from words alone or refused by 503 within two seconds, and all is
indexed when it is back.
"""

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.reliability.drills import Uploads, all_final, verdict
from tests.reliability.installation import Client, Installation

FULL = {"uploads": 60, "seconds": 120}
SMALL = {"uploads": 6, "seconds": 20}
ASK_SECONDS = 2.0
FINAL_SECONDS = 600


def run(installation: Installation, *, uploads: int, seconds: float) -> dict[str, Any]:
    sent, client = Uploads(), Client(installation)
    sent.count(client, 3)
    all_final(installation, seconds=FINAL_SECONDS)
    client.ask("Que dit la note ?")  # imports and connections are the first question's
    asked = {}
    with _away(installation):
        asked["away"] = _asked(client, sent, uploads // 2, seconds * 0.75)
    with _deaf(installation):
        asked["deaf"] = _asked(client, sent, uploads - uploads // 2, seconds * 0.25)
    took = all_final(installation, seconds=FINAL_SECONDS)
    client.close()
    seen = verdict(installation, sent)
    slow = [how for how, figures in asked.items() if figures["slowest_seconds"] > ASK_SECONDS]
    others = {status for figures in asked.values() for status in figures["answers"]} - {"200", "503"}
    return {
        "uploads": uploads,
        "away_and_deaf_seconds": seconds,
        "questions": asked,
        "caught_up_seconds": took,
        **seen,
        "passed": not slow and not others and set(sent.answers) == {"201"} and took is not None and not seen["wrong"],
    }


@contextmanager
def _away(installation: Installation) -> Iterator[None]:
    """Killed as often as the supervisor starts it again."""
    over = threading.Event()

    def kill_on() -> None:
        while not over.wait(0.1):
            installation.signal("inference", signal.SIGKILL)

    killer = threading.Thread(target=kill_on, daemon=True)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


@contextmanager
def _deaf(installation: Installation) -> Iterator[None]:
    """It takes connections and says nothing."""
    end = time.monotonic() + 90
    while not _serves(installation) and time.monotonic() < end:
        time.sleep(0.2)
    installation.signal("inference", signal.SIGSTOP)
    try:
        yield
    finally:
        installation.signal("inference", signal.SIGCONT)


def _serves(installation: Installation) -> bool:
    client = Client(installation)
    try:
        return "dense" in client.ask(f"Que dit la note {time.monotonic()} ?").json().get("engines", ["dense"])
    finally:
        client.close()


def _asked(client: Client, sent: Uploads, uploads: int, seconds: float) -> dict[str, Any]:
    """Uploads first, then questions that nobody has asked before until the time is over."""
    end = time.monotonic() + seconds
    sent.count(client, uploads)
    times, answers = [], Counter[str]()
    while not times or time.monotonic() < end:
        start = time.monotonic()
        answer = client.ask(f"Que dit la note {len(times)} sur la piscine, dite à {start} ?")
        times.append(time.monotonic() - start)
        answers[str(answer.status_code)] += 1
        time.sleep(0.3)
    ranked = sorted(times)
    return {
        "asked": len(times),
        "answers": dict(answers),
        "median_seconds": round(ranked[len(ranked) // 2], 2),
        "slowest_seconds": round(ranked[-1], 2),
    }
