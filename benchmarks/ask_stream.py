"""How soon a streamed word arrives, and how many answers one web process streams at once: `./run bench ask_stream`.

A server beside plays the language model and says the time (benchmarks/_model.py); what is measured is how much later
each word is in the reader's hands, through the real web process: alone, and with 200 answers open. Then all readers
leave at once: how long until the model is free. Fails when a target is missed.
"""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import httpx
import psutil

from benchmarks._web import EMAIL, PASSWORD, signed_in, web_process
from benchmarks._world import ROOT, keep, world

STREAMS = 200
ALONE = 20
OPENED_PER_SECOND = 8
PAUSE = 0.5
STEADY_SECONDS = 10
OPENED_WITHIN_SECONDS = 20
FIRST_WORD_TARGET_MS = 100
FREED_TARGET_SECONDS = 1.0 + 1.0  # a second, and a moment for two hundred at once
QUESTION = "À quelle heure ouvre la piscine ?"
TEXT = "La piscine ouvre à huit heures et ferme à vingt heures."


@dataclass
class Reader:
    """``lags``: milliseconds between a word's saying and its arrival; the first one apart."""

    first: float | None = None
    lags: list[float] = field(default_factory=list)
    failed: str = ""


def main() -> int:
    with world("ask_stream") as made, _model() as url:
        environment = {**made.environment, "LLM_URL": url, "LLM_MODEL": "clock", "LLM_TIMEOUT_SECONDS": "600"}
        made.adopt()
        _fill()
        return keep("ask_stream", _measured(environment, url))


def _measured(environment: dict[str, str], model: str) -> dict[str, Any]:
    with web_process(environment) as address:
        bearer = signed_in(address).headers["Authorization"]
        measured = asyncio.run(_read_all(address, bearer, model))
    missed = [name for name, good in (
        ("first word alone", measured["alone"]["first_word_p95_ms"] <= FIRST_WORD_TARGET_MS),
        ("streams open", measured["together"]["open"] == STREAMS),
        ("errors", not measured["together"]["failed"]),
        ("model freed", measured["together"]["freed_seconds"] <= FREED_TARGET_SECONDS),
    ) if not good]  # fmt: skip
    return {**measured, "missed": missed, "passed": not missed}


async def _read_all(address: str, bearer: str, model: str) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    options: dict[str, Any] = {
        "headers": {"Authorization": bearer},
        "timeout": 60,
        "limits": limits,
        "trust_env": False,
    }
    async with httpx.AsyncClient(base_url=address, **options) as client:
        alone = [await _first_word(client) for _ in range(ALONE)]
        return {"alone": {f"first_word_{name}": value for name, value in _spread(alone).items()},
                "together": await _together(client, model)}  # fmt: skip


async def _first_word(client: httpx.AsyncClient) -> float:
    async for moment in _words(client):
        return _now() - moment
    raise RuntimeError("the stream ended before its first word")


async def _together(client: httpx.AsyncClient, model: str) -> dict[str, Any]:
    readers = [Reader() for _ in range(STREAMS)]
    tasks = []
    for reader in readers:
        tasks.append(asyncio.create_task(_read(client, reader)))
        await asyncio.sleep(1 / OPENED_PER_SECOND)
    last = time.perf_counter() + OPENED_WITHIN_SECONDS
    while any(reader.first is None and not reader.failed for reader in readers) and time.perf_counter() < last:
        await asyncio.sleep(0.05)
    for reader in readers:
        reader.lags.clear()  # from here on all are open and nobody arrives
    others = [await _health(client) for _ in range(STEADY_SECONDS)]
    open_now = (await client.get(f"{model}/open")).json()["open"]
    memory = _memory_of_web()
    for task in tasks:
        task.cancel()
    left = time.perf_counter()
    while (await client.get(f"{model}/open")).json()["open"] and time.perf_counter() < left + OPENED_WITHIN_SECONDS:
        await asyncio.sleep(0.02)
    return {
        "open": open_now,
        "failed": [reader.failed for reader in readers if reader.failed][:5],
        "first_word_while_opening": _spread([reader.first for reader in readers if reader.first is not None]),
        "words_when_all_are_open": _spread([lag for reader in readers for lag in reader.lags]),
        "other_requests_meanwhile": _spread(others),
        "web_megabytes": memory,
        "freed_seconds": round(time.perf_counter() - left, 2),
        "still_open": (await client.get(f"{model}/open")).json()["open"],
    }


async def _read(client: httpx.AsyncClient, reader: Reader) -> None:
    try:
        async for moment in _words(client):
            lag = _now() - moment
            reader.first = lag if reader.first is None else reader.first
            reader.lags.append(lag)
        reader.failed = "ended"
    except httpx.HTTPError as error:
        reader.failed = type(error).__name__


async def _words(client: httpx.AsyncClient) -> AsyncIterator[float]:
    """When each word was said; of several that arrive together, the first."""
    async with client.stream("POST", "/api/v1/ask/stream/", json={"question": QUESTION}) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            text = json.loads(line[6:]).get("text", "") if line.startswith("data: ") else ""
            if text.split() and text.split()[0].isdigit():
                yield float(text.split()[0])


async def _health(client: httpx.AsyncClient) -> float:
    started = time.perf_counter()
    (await client.get("/api/v1/me/")).raise_for_status()
    spent = time.perf_counter() - started
    await asyncio.sleep(max(0.0, 1.0 - spent))
    return spent * 1000


def _spread(values: list[float]) -> dict[str, float]:
    cuts = quantiles(values, n=20)
    return {"p50_ms": round(cuts[9], 1), "p95_ms": round(cuts[18], 1), "most_ms": round(max(values), 1)}


def _now() -> float:
    return time.time() * 1000


def _memory_of_web() -> float:
    mine = psutil.Process().children(recursive=True)
    web = next(each for each in mine if "passepartout.config.asgi:application" in each.cmdline())
    return round(web.memory_info().rss / 1024**2, 1)


@contextmanager
def _model() -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks._model", str(port), str(PAUSE)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                httpx.get(f"{url}/open", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def _fill() -> None:
    """One organization with one document of one passage."""
    from engines.text.analysis import terms
    from passepartout.documents import lexical
    from passepartout.documents.factories import document_row
    from passepartout.documents.models import Chunk, Document, DocumentVersion, Posting
    from passepartout.kernel.ids import new_id
    from passepartout.kernel.scope import tenant
    from passepartout.tenancy.services import create_owner

    organization = create_owner(email=EMAIL, password=PASSWORD, organization="Conciergerie du Parc")
    with tenant(organization.pk):
        row = document_row(title="Règlement", status="indexed")
        version = DocumentVersion.objects.create(
            doc=row, job_id=new_id(), model="none/bench", dimensions=384, analyser="1", chunk_count=1
        )
        Chunk.objects.create(
            doc=row, version=version, part_no=1, chunk_text=TEXT, chunk_hash="0" * 64, qdrant_id=new_id(),
            model="none/bench", page_from=1, page_to=1, char_start=0, char_end=len(TEXT), token_count=14, language="fr",
        )  # fmt: skip
        postings, count = lexical.postings(version.pk, [(1, terms(TEXT, "fr"))])
        Posting.objects.bulk_create(postings)
        DocumentVersion.objects.filter(pk=version.pk).update(term_count=count)
        Document.objects.filter(pk=row.pk).update(live_version=version.pk)


if __name__ == "__main__":
    sys.exit(main())
