"""The disk of the objects filled to the brim, then freed.

Passes when uploads are refused by 507 or 503 meanwhile, leave nothing, and are taken again afterwards. Needs root: the
disk is a tmpfs of the drill's own.
"""

from typing import Any

import httpx

from tests.reliability.drills import Uploads, all_final, filled, verdict
from tests.reliability.installation import Client, Installation

DISKS = ("objects",)
FULL = {"times": 20}
SMALL = {"times": 4}
FINAL_SECONDS = 300


def run(installation: Installation, *, times: int) -> dict[str, Any]:
    if "objects" not in installation.disks:
        return {"skipped": "a disk of its own needs root and mount", "passed": True}
    sent, client = Uploads(), Client(installation)
    sent.count(client, 2)
    all_final(installation, seconds=FINAL_SECONDS)
    before = (installation.number("SELECT count(*) FROM documents"), len(installation.files()), installation.drafts())
    with filled(installation.layout.objects / "ballast"):
        refused = [_refused(client, words) for words in [20_000] * (times // 2) + [80] * (times - times // 2)]
    after = (installation.number("SELECT count(*) FROM documents"), len(installation.files()), installation.drafts())
    sent.count(client, 2)
    took = all_final(installation, seconds=FINAL_SECONDS)
    client.close()
    seen = verdict(installation, sent)
    good = set(refused) <= {"507 storage_full", "503 storage_unavailable"} and before == after
    return {
        "refused": {answer: refused.count(answer) for answer in sorted(set(refused))},
        "documents_files_drafts_before": before,
        "documents_files_drafts_after": after,
        "all_final_seconds_once_freed": took,
        **seen,
        "passed": good and took is not None and not seen["wrong"],
    }


def _refused(client: Client, words: int) -> str:
    content = (f"Note {words} " + "piscine " * words).encode()
    answer: httpx.Response = client.upload("note.txt", content)
    return f"{answer.status_code} {answer.json().get('code', '')}"
