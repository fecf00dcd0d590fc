"""One file, uploaded many times at once. Passes when it is one document, with one set of chunks, for everybody."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.reading import WORDS
from tests.reliability.drills import Uploads, all_final, verdict
from tests.reliability.installation import Client, Installation

FULL = {"times": 100}
SMALL = {"times": 30}
FINAL_SECONDS = 300


def run(installation: Installation, *, times: int) -> dict[str, Any]:
    client = Client(installation)
    client.get("documents/")
    text = " ".join(random.Random().choices(WORDS, k=3000)).encode()
    before = installation.number("SELECT count(*) FROM documents")
    with ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(lambda number: client.upload(f"copie {number}.txt", text), range(times)))
    took = all_final(installation, seconds=FINAL_SECONDS)
    client.close()
    statuses = Counter(str(answer.status_code) for answer in answers)
    idents = {answer.json()["id"] for answer in answers if answer.is_success}
    seen = verdict(installation, Uploads(taken=list(idents), answers=statuses))
    created = installation.number("SELECT count(*) FROM documents") - before
    expected = {str(int(httpx.codes.CREATED)): 1, str(int(httpx.codes.OK)): times - 1}
    return {
        "times": times,
        "documents_made": created,
        "all_final_seconds": took,
        **seen,
        "passed": created == len(idents) == 1 and statuses == expected and took is not None and not seen["wrong"],
    }
