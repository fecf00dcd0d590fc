"""Sentence embeddings behind HTTP: `POST /embed` for one text, `POST /embed/batch` for several.

Up to 16 texts are a question's: they have threads of their own, to which those of longer batches give way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from functools import partial
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge
from pydantic import BaseModel, Field
from pydantic_core import to_json

from engines.embeddings import Embedder, Vectors
from engines.errors import EngineError, EngineTimeout, EngineUnavailable
from inference.common.application import EngineState
from inference.common.settings import Settings
from inference.common.workers import Workers

BATCH_TEXTS = 256
TEXT_CHARACTERS = 8000
# On a CPU larger slices of windows are hardly quicker, and who leaves is noticed between two of them.
SLICE_TEXTS = 8
# Of a batch's threads: nobody waits for them but other programs.
NICENESS = 10
# A question and the sentences that may answer it.
QUESTION_TEXTS = 16
# Every character may come as a \uXXXX escape.
BODY_BYTES = BATCH_TEXTS * TEXT_CHARACTERS * 6 + 4096


class Lane(Enum):
    """Somebody waits behind a question, nobody behind a batch."""

    QUESTION = "question"
    BATCH = "batch"


Text = Annotated[str, Field(max_length=TEXT_CHARACTERS)]


class EmbedIn(BaseModel):
    text: Text


class EmbedBatchIn(BaseModel):
    texts: Annotated[list[Text], Field(max_length=BATCH_TEXTS)]


class EmbedOut(BaseModel):
    model: str
    embedding: list[float]


class EmbedBatchOut(BaseModel):
    model: str
    embeddings: list[list[float]]


@dataclass(frozen=True, slots=True)
class _Running:
    embedder: Embedder
    workers: dict[Lane, Workers]
    texts: Counter


class EmbeddingsService:
    name = "embeddings"

    def __init__(self, settings: Settings, *, load: Callable[[], Embedder]) -> None:
        """`load` is called in a thread when the process starts; it may raise EngineError."""
        self._settings = settings
        self._load = load
        self._running: _Running | None = None
        self._detail = "starting"
        self.router = self._routes()

    def start(self, registry: CollectorRegistry) -> None:
        try:
            embedder = self._load()
        except EngineError as error:
            self._detail = error.detail
            raise
        threads = self._settings.threads
        workers = {
            Lane.QUESTION: Workers(threads=threads, waiting=self._settings.waiting_questions, name="questions"),
            Lane.BATCH: Workers(
                threads=threads, waiting=self._settings.waiting_slices, name="batches", niceness=NICENESS
            ),
        }
        self._running = _Running(embedder, workers, _measure(workers, registry))
        self._detail = ""

    def stop(self) -> None:
        if self._running is not None:
            for workers in self._running.workers.values():
                workers.close()
            self._running = None
            self._detail = "stopped"

    def state(self) -> EngineState:
        if self._running is None:
            return EngineState(ready=False, busy=False, detail=self._detail)
        return EngineState(ready=True, busy=_busy(self._running.workers))

    def describe(self) -> dict[str, Any]:
        card = self._engine().embedder.model
        return {
            "model": asdict(card) | {"identifier": card.identifier},
            "limits": {"texts": BATCH_TEXTS, "characters": TEXT_CHARACTERS, "bytes": BODY_BYTES},
            "threads": self._settings.threads,
        }

    def gpu(self) -> None:
        """Too light to wait for a turn."""

    async def embed(self, texts: Sequence[str], lane: Lane) -> Vectors:
        """Return one vector per text. Raises EngineBusy when the queue is full, EngineTimeout when it is slow."""
        engine = self._engine()
        # Neighbours in length share a slice, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        slices = [order[start : start + SLICE_TEXTS] for start in range(0, len(order), SLICE_TEXTS)]
        pieces = [partial(engine.embedder.embed, [texts[index] for index in rows]) for rows in slices]
        waiting = [asyncio.wrap_future(future) for future in engine.workers[lane].submit(pieces)]
        try:
            async with asyncio.timeout(self._settings.timeout):
                parts = await asyncio.gather(*waiting)
        except TimeoutError as late:
            raise EngineTimeout("the embeddings were not ready in time") from late
        finally:
            # When one slice fails or the caller leaves, nobody wants the others any more.
            for future in waiting:
                future.cancel()
        vectors = np.empty((len(texts), engine.embedder.model.dimensions), dtype=np.float32)
        for rows, part in zip(slices, parts, strict=True):
            vectors[rows] = part
        engine.texts.labels(lane.value).inc(len(texts))
        return vectors

    def _engine(self) -> _Running:
        if self._running is None:
            raise EngineUnavailable(self._detail)
        return self._running

    def _routes(self) -> APIRouter:
        router = APIRouter(max_body_size=BODY_BYTES)

        @router.post("/embed", response_model=EmbedOut)
        async def embed(body: EmbedIn) -> Response:
            vectors = await self.embed([body.text], Lane.QUESTION)
            return self._answer("embedding", _floats(vectors)[0])

        @router.post("/embed/batch", response_model=EmbedBatchOut)
        async def embed_batch(body: EmbedBatchIn) -> Response:
            # Someone waits for a few sentences to compare with a question; nobody for the pages of a document.
            lane = Lane.QUESTION if len(body.texts) <= QUESTION_TEXTS else Lane.BATCH
            vectors = await self.embed(body.texts, lane)
            return self._answer("embeddings", _floats(vectors))

        return router

    def _answer(self, key: str, vectors: list[Any]) -> Response:
        content = to_json({"model": self._engine().embedder.model.identifier, key: vectors})
        return Response(content, media_type="application/json")


def _measure(workers: dict[Lane, Workers], registry: CollectorRegistry) -> Counter:
    waiting = Gauge("inference_embeddings_waiting", "Pieces of work that wait", ("lane",), registry=registry)
    for lane in Lane:
        waiting.labels(lane.value).set_function(partial(getattr, workers[lane], "waiting"))
    busy = Gauge("inference_embeddings_busy", "1 when a new call would wait", registry=registry)
    busy.set_function(lambda: float(_busy(workers)))
    return Counter("inference_embeddings_texts_total", "Texts embedded", ("lane",), registry=registry)


def _busy(workers: dict[Lane, Workers]) -> bool:
    return any(lane.busy for lane in workers.values())


def _floats(vectors: Vectors) -> list[list[float]]:
    # Eight decimals keep all that a float32 of a unit vector holds, in half the bytes.
    return np.round(vectors.astype(np.float64), 8).tolist()
