"""What every drill does: send new notes, wait until all are final, and count what is there."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.reading import WORDS
from tests.reliability.installation import Client, Installation, reached

FINAL = ("indexed", "failed", "rejected")
ENDED = "('indexed', 'failed', 'rejected')"
SENDERS = 3
UPLOAD_SECONDS = 900
PIECE = 1 << 16
_numbers = itertools.count(1)

# Each counts what must not be there; asked of the whole database, by its owner.
WRONG = {
    "not_final": f"SELECT count(*) FROM documents WHERE deleted_at IS NULL AND status NOT IN {ENDED}",
    "not_indexed": "SELECT count(*) FROM documents WHERE deleted_at IS NULL AND status <> 'indexed'",
    "indexed_without_a_version": "SELECT count(*) FROM documents d WHERE status = 'indexed' AND NOT EXISTS "
    "(SELECT 1 FROM document_versions v WHERE v.id = d.live_version)",
    "versions_that_are_not_live": "SELECT count(*) FROM document_versions v WHERE NOT EXISTS "
    "(SELECT 1 FROM documents d WHERE d.live_version = v.id)",
    "duplicated_chunks": "SELECT count(*) FROM (SELECT 1 FROM embeddings_meta GROUP BY doc_id, part_no "
    "HAVING count(*) > 1) AS twice",
    "versions_whose_chunks_differ": "SELECT count(*) FROM document_versions v WHERE chunk_count <> "
    "(SELECT count(*) FROM embeddings_meta c WHERE c.version_id = v.id)",
    "versions_whose_vectors_differ": "SELECT count(*) FROM document_versions v WHERE window_count <> "
    "(SELECT count(*) FROM chunk_windows w WHERE w.version_id = v.id)",
    "documents_without_a_job": "SELECT count(*) FROM documents d WHERE NOT EXISTS "
    "(SELECT 1 FROM jobs j WHERE j.subject_id = d.id)",
    "documents_without_their_audit_line": "SELECT count(*) FROM documents d WHERE NOT EXISTS "
    "(SELECT 1 FROM audit_logs a WHERE a.object_id = d.id::text AND a.action_type = 'document.uploaded')",
    "indexed_twice": "SELECT count(*) FROM (SELECT 1 FROM audit_logs WHERE action_type = 'document.indexed' "
    "GROUP BY object_id HAVING count(*) > 1) AS twice",
}


@dataclass
class Uploads:
    """What clients were told. ``taken`` are the ids that were promised by a 201."""

    taken: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    slowest_refusal: float = 0.0

    def send(self, client: Client, *, words: int = 80) -> int:
        """One new note; the status, 0 when the connection broke."""
        number = next(_numbers)
        chance = random.Random(f"{number} {time.time_ns()}")
        text = f"Note {number}. " + " ".join(chance.choices(WORDS, k=words))
        start = time.monotonic()
        try:
            answer = client.upload(f"note-{number}.txt", text.encode())
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            self.answers[type(error).__name__] += 1
            return 0
        self.answers[str(answer.status_code)] += 1
        if answer.status_code == httpx.codes.CREATED:
            self.taken.append(answer.json()["id"])
        else:
            self.slowest_refusal = max(self.slowest_refusal, round(time.monotonic() - start, 2))
        return answer.status_code

    def count(self, client: Client, wanted: int) -> None:
        """Send until ``wanted`` more were taken."""
        while wanted:
            if self.send(client) == httpx.codes.CREATED:
                wanted -= 1
            else:
                time.sleep(0.2)


@contextmanager
def sending(uploads: Uploads, client: Client, wanted: int) -> Iterator[None]:
    """Uploads in the background, by several at once; all are taken at the end of the block."""
    shares = [wanted // SENDERS + (number < wanted % SENDERS) for number in range(SENDERS)]
    threads = [threading.Thread(target=uploads.count, args=(client, share), daemon=True) for share in shares]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(UPLOAD_SECONDS)


@contextmanager
def filled(ballast: Path) -> Iterator[None]:
    """The disk of this file without a byte left until the end of the block."""
    try:
        with ballast.open("wb", buffering=0) as stream:
            size = PIECE
            while size:
                try:
                    stream.write(b"\0" * size)
                except OSError:
                    size //= 2
        yield
    finally:
        ballast.unlink()


def all_final(installation: Installation, *, seconds: float) -> float | None:
    """Seconds until nothing waits or runs any more; None when that took too long."""
    open_jobs = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"
    return reached(
        lambda: installation.number(WRONG["not_final"]) + installation.number(open_jobs) == 0, seconds=seconds, every=1
    )


def verdict(installation: Installation, uploads: Uploads) -> dict[str, Any]:
    """``wrong`` is empty when all that was taken is there, indexed once, whole, and nothing else is."""
    present = {str(row[0]) for row in installation.rows("SELECT id FROM documents")}
    kept = {row[0] for row in installation.rows("SELECT sha256 FROM stored_objects")}
    files = installation.files()
    counts = {
        "lost": len(set(uploads.taken) - present),
        **{name: installation.number(query) for name, query in WRONG.items()},
        "contents_without_a_file": len(kept - files),
        "files_without_a_content": len(files - kept),
        "broken_audit_chains": 0 if installation.audit_is_whole() else 1,
    }
    return {
        "documents": len(present),
        "answers": dict(uploads.answers),
        "wrong": {name: count for name, count in counts.items() if count},
    }
