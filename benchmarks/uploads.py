"""How many small files a second are taken in: `./run bench uploads`. Fails below 50 files/s.

Eight clients of one organization send distinct notes of a few hundred bytes to POST /api/v1/documents/ of a real web
process: checked, hashed, stored, their row, audit line and job written, answered 201. No worker runs: indexing is
another figure. One client alone shows what a single upload takes. At the end the database is asked whether everything
is there. The clients run on the same machine, and their work is in the figures.
"""

import random
import sys
from typing import Any

import httpx

from benchmarks._web import EMAIL, PASSWORD, in_parallel, milliseconds, signed_in, web_process
from benchmarks._world import World, keep, world
from benchmarks.reading import WORDS

FILES = 600
ALONE = 100
WARM_UP = 40
CLIENTS = 8
TARGET = 50


def main() -> int:
    with world("uploads") as made:
        made.adopt()
        return keep("uploads", _measured(made))


def _measured(made: World) -> dict[str, Any]:
    _organization()
    with web_process(made.environment) as address, signed_in(address) as client:
        notes = _Notes(client)
        in_parallel(CLIENTS, WARM_UP, notes.upload)
        alone, alone_rate = in_parallel(1, ALONE, notes.upload)
        together, rate = in_parallel(CLIENTS, FILES, notes.upload)
    kept = _kept(made)
    sent = WARM_UP + ALONE + FILES
    return {
        "one_client": {**milliseconds(alone), "files_per_second": round(alone_rate, 1)},
        "eight_clients": {**milliseconds(together), "files_per_second": round(rate, 1)},
        "target_files_per_second": TARGET,
        "sent": sent,
        "kept": kept,
        "passed": rate >= TARGET and set(kept.values()) == {sent},
    }


def _organization() -> None:
    from passepartout.tenancy.models import User
    from passepartout.tenancy.services import create_organization, create_user

    create_user(email=EMAIL, password=PASSWORD)
    create_organization(name="Grand client", owner=User.objects.get(email=EMAIL))


class _Notes:
    """Short French notes, the same in every run, never the same twice."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._chance = random.Random(3)
        self._numbers = iter(range(10**9))

    def upload(self, _: int) -> None:
        number = next(self._numbers)
        text = f"Note {number}. " + " ".join(self._chance.choices(WORDS, k=60))
        file = (f"note-{number}.txt", text.encode(), "text/plain")
        answer = self._client.post("/api/v1/documents/", files={"file": file})
        assert answer.status_code == httpx.codes.CREATED, answer.text


# What an upload leaves behind, counted by the maintaining owner.
_LEFT = {
    "documents": "SELECT count(*) FROM documents",
    "contents": "SELECT count(*) FROM stored_objects",
    "jobs": "SELECT count(*) FROM jobs WHERE kind = 'documents.index'",
    "audit_lines": "SELECT count(*) FROM audit_logs WHERE action_type = 'document.uploaded'",
}


def _kept(made: World) -> dict[str, int]:
    with made.as_owner() as owner:
        return {name: _count(owner.execute(query).fetchone()) for name, query in _LEFT.items()}


def _count(row: Any) -> int:
    return int(row[0])


if __name__ == "__main__":
    sys.exit(main())
