"""Ordinary documents indexed alone, then beside another organization that sends bombs and broken files without end.

Passes when neighbours are indexed within 1.2 times their time alone in the mean, every file ends in a final state, and
no process of the worker died. Two slots, as `run up` gives them.
"""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.reading import WORDS
from engines.reading.tests import office_files, pdfs
from tests.reliability.drills import ENDED, all_final
from tests.reliability.installation import Client, Installation

FULL = {"documents": 30, "pace": 3.0}
SMALL = {"documents": 8, "pace": 2.0, "target": None}  # a figure is no test
TARGET = 1.2
FINAL_SECONDS = 900
OPEN_BOMBS = 4  # twice the slots: one always waits behind each
EMAIL = "bombs@example.org"
_numbers = itertools.count(1)


@dataclass
class Sent:
    idents: list[str] = field(default_factory=list)


def run(installation: Installation, *, documents: int, pace: float, target: float | None = TARGET) -> dict[str, Any]:
    installation.sign_up(EMAIL, f"Voisins {time.time_ns()}")
    client = Client(installation)
    _indexed(installation, client, 4, pace)  # imports, connections, the model's first text
    pool = set(installation.pool())
    alone = _indexed(installation, client, documents, pace)
    with _bombs(installation) as bombs:
        beside = _indexed(installation, client, documents, pace)
    took = all_final(installation, seconds=FINAL_SECONDS)
    client.close()
    ratio = round(mean(beside) / mean(alone), 2)
    ends = installation.rows(
        f"SELECT status, error_code, count(*) FROM documents WHERE id IN {_listed(bombs)} GROUP BY 1, 2"
    )
    survived = set(installation.pool()) == pool
    return {
        "documents": documents,
        "seconds_between": pace,
        "alone": _spread(alone),
        "beside": _spread(beside),
        "mean_ratio": ratio,
        "target": target,
        "bombs": len(bombs.idents),
        "ends_of_bombs": {f"{status} {code}".strip(): count for status, code, count in sorted(ends)},
        "all_final_seconds_after": took,
        "no_process_of_the_worker_died": survived,
        "passed": (target is None or ratio <= target) and took is not None and survived,
    }


def _indexed(installation: Installation, client: Client, count: int, pace: float) -> list[float]:
    """Seconds from upload to indexed of so many documents, one each ``pace`` seconds."""
    sent = Sent()
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number * pace - time.monotonic()))
        answer = client.upload(*_ordinary(number))
        answer.raise_for_status()
        sent.idents.append(answer.json()["id"])
    query = f"SELECT count(*) FROM documents WHERE id IN {_listed(sent)} AND status NOT IN {ENDED}"
    end = time.monotonic() + FINAL_SECONDS
    while installation.number(query) and time.monotonic() < end:
        time.sleep(0.5)
    spent = f"SELECT extract(epoch FROM indexed_at - created_at) FROM documents WHERE id IN {_listed(sent)}"
    return [float(row[0]) for row in installation.rows(spent)]


def _ordinary(number: int) -> tuple[str, bytes]:
    """A note, a letter in Word and a PDF of three pages in turns, each new."""
    chance = random.Random(f"{number} {time.time_ns()}")
    texts = [" ".join(chance.choices(WORDS, k=120)) for _ in range(3)]
    with TemporaryDirectory() as folder:
        match number % 3:
            case 0:
                return f"note-{number}.txt", "\n\n".join(texts).encode()
            case 1:
                path = office_files.word(
                    Path(folder) / "a.docx", lambda made: [made.add_paragraph(text) for text in texts]
                )
            case _:
                pages = [pdfs.text_at(*((72, 760 - 16 * at, text[at * 80 : at * 80 + 80]) for at in range(9)))
                         for text in texts]  # fmt: skip
                path = pdfs.drawn(Path(folder) / "a.pdf", *pages)
        return path.name, path.read_bytes()


@contextmanager
def _bombs(installation: Installation) -> Iterator[Sent]:
    """The whole set again and again, some always waiting."""
    sent, over, client = Sent(), threading.Event(), Client(installation, EMAIL)
    query = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running') AND subject_id IN "

    def throw() -> None:
        for name, make in itertools.cycle(BOMBS.items()):
            while sent.idents and installation.number(query + _listed(sent)) >= OPEN_BOMBS and not over.wait(0.2):
                pass
            if over.is_set():
                return
            answer = client.upload(name, _new(name, make()))
            if answer.status_code == 201:
                sent.idents.append(answer.json()["id"])

    thrower = threading.Thread(target=throw, daemon=True)
    thrower.start()
    try:
        yield sent
    finally:
        over.set()
        thrower.join()
        client.close()


def _new(name: str, content: bytes) -> bytes:
    """The same bomb with another sum, or it would be the document that is there already."""
    return content + (f"\n% {next(_numbers)}".encode() if name.endswith(".pdf") else b"\0" * next(_numbers))


def _zip_bomb() -> bytes:
    return office_files.zipped({"word/document.xml": b"<x/>", "bomb": b"\0" * 200_000_000})


def _many_members() -> bytes:
    return office_files.zipped({"xl/workbook.xml": b"<x/>", **{f"m{n}": b"x" for n in range(1_000)}})


def _deep_page() -> bytes:
    return b"<html>" + b"<div>" * 300_000 + b"fond"


def _cut() -> bytes:
    whole = pdfs.one_page(b"BT /F1 9 Tf 9 9 Td (abcdefgh) Tj ET")
    return whole[: len(whole) // 2]


BOMBS: dict[str, Callable[[], bytes]] = {
    **{f"{name}.pdf".replace(" ", "-"): make for name, make in pdfs.BOMBS.items()},
    "bomb.docx": _zip_bomb,
    "members.xlsx": _many_members,
    "deep.html": _deep_page,
    "cut.pdf": _cut,
    "noise.pdf": lambda: b"%PDF-1.7\n" + random.Random(7).randbytes(50_000),
}


def _listed(sent: Sent) -> str:
    return "(" + ", ".join(f"'{ident}'" for ident in sent.idents or ["00000000-0000-0000-0000-000000000000"]) + ")"


def _spread(seconds: list[float]) -> dict[str, float]:
    return {
        "mean_seconds": round(mean(seconds), 2),
        "p95_seconds": round(quantiles(seconds, n=20)[18], 2),
        "most_seconds": round(max(seconds), 2),
    }
