"""The disk of PostgreSQL filled to the brim, its log included, while scanned pages are recognized; then freed.

Passes when callers get 503 or 507 and nothing else, what was promised before is there, all is back within half a minute
of the freeing, and the scan ends indexed. Needs root: the disk is a tmpfs of the drill's own.
"""

import io
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import psycopg
from PIL import Image

from engines.ocr.tests.pages import Sheet, draw
from tests.reliability.drills import Uploads, all_final, filled, verdict
from tests.reliability.installation import Client, Installation, reached

DISKS = ("postgres",)
FULL = {"times": 12, "pages": 4}
SMALL = {"times": 3, "pages": 2}
BACK_SECONDS = 30
FINAL_SECONDS = 600
LARGEST_LOG_MEGABYTES = 2_000
TEXT = "La piscine du domaine ouvre à huit heures et ferme à vingt heures, sauf le lundi. Page numéro {}."
MORE_LOG = "SELECT pg_logical_emit_message(false, 'drill', repeat('x', 1000000))"
READ = "SELECT count(*) FROM ocr_jobs WHERE status = 'done'"


def run(installation: Installation, *, times: int, pages: int) -> dict[str, Any]:
    if "postgres" not in installation.disks:
        return {"skipped": "a disk of its own needs root and mount", "passed": True}
    sent, client = Uploads(), Client(installation)
    sent.count(client, 3)
    all_final(installation, seconds=FINAL_SECONDS)
    scan = client.upload("scan.pdf", _scan(pages))
    sent.taken.append(scan.json()["id"])
    begun = installation.number(READ)
    reached(lambda: installation.number(READ) > begun, seconds=300)
    with filled(installation.layout.postgres / "ballast"):
        written = _fill_the_log(installation)
        answers = [_answer(client, sent) for _ in range(times)]
    back = reached(lambda: client.get("documents/").status_code == 200, seconds=120)
    sent.count(client, 2)
    took = all_final(installation, seconds=FINAL_SECONDS)
    client.close()
    seen = verdict(installation, sent)
    good = all(answer.startswith(("201", "503", "507")) for answer in answers)
    quick = back is not None and back <= BACK_SECONDS
    return {
        "log_written_until_full_megabytes": written,
        "answers_while_full": dict(Counter(answers)),
        "back_seconds_once_freed": back,
        "all_final_seconds_once_freed": took,
        "pages_recognized": installation.number(READ) - begun,
        **seen,
        "passed": good and quick and took is not None and not seen["wrong"] and any(a[0] == "5" for a in answers),
    }


def _scan(pages: int) -> bytes:
    stamp = time.time_ns()
    sheets = [Sheet("page", "fr", (TEXT.format(f"{number} {stamp}"),), points=13) for number in range(pages)]
    pictures = [Image.fromarray(draw(sheet)) for sheet in sheets]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "PDF", save_all=True, append_images=pictures[1:], resolution=200)
    return buffer.getvalue()


def _fill_the_log(installation: Installation) -> int:
    """Megabytes written until PostgreSQL could write no more and went down."""
    written = 0
    with suppress(psycopg.OperationalError):
        while written < LARGEST_LOG_MEGABYTES:
            installation.rows(MORE_LOG)
            written += 1
    return written


def _answer(client: Client, sent: Uploads) -> str:
    """What an upload is told; what is taken all the same counts as promised."""
    answer = client.upload("note.txt", f"Note {time.time_ns()} sur la piscine.".encode())
    if answer.status_code == 201:
        sent.taken.append(answer.json()["id"])
    return f"{answer.status_code} {answer.json().get('code', '')}".strip()
