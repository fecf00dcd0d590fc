"""Character recognition behind HTTP: `POST /extract`, one picture of a page as the part `file` of a form."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Response, UploadFile
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from pydantic import BaseModel
from pydantic_core import to_json
from structlog.contextvars import get_contextvars

from engines.errors import EngineError, EngineTimeout, EngineUnavailable
from engines.ocr import MAX_BYTES, MAX_PIXELS, ClosableRecognizer, Recognition
from engines.ocr.wire import as_json
from inference.common.application import EngineState
from inference.common.gpu import Gpu, NoGpu, told
from inference.common.settings import Settings
from inference.common.workers import Workers

# A form around the picture.
BODY_BYTES = MAX_BYTES + 65_536
_SECONDS_BUCKETS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)


class WordOut(BaseModel):
    text: str
    confidence: float
    box: list[float]
    cell: int


class LineOut(BaseModel):
    text: str
    box: list[float]
    words: list[WordOut]


class SizeOut(BaseModel):
    width: int
    height: int


class ExtractOut(BaseModel):
    """Boxes are x0, y0, x1, y1 in pixels of the picture that was sent."""

    text: str
    lines: list[LineOut]
    page: SizeOut
    confidence: float
    rotation: float
    engine: str
    version: str
    languages: list[str]
    seconds: float


@dataclass(frozen=True, slots=True)
class _Running:
    recognizer: ClosableRecognizer
    workers: Workers
    pages: Counter
    seconds: Histogram


class OcrService:
    name = "ocr"

    def __init__(self, settings: Settings, *, load: Callable[[], ClosableRecognizer], gpu: Gpu | None = None) -> None:
        """`load` makes a recognizer of as many pages at once as there are threads; it holds none before the first."""
        self._gpu = gpu or NoGpu()
        self._settings = settings
        self._load = load
        self._running: _Running | None = None
        self.router = self._routes()

    def start(self, registry: CollectorRegistry) -> None:
        workers = Workers(threads=self._settings.threads, waiting=self._settings.waiting_pages, name="ocr")
        recognizer = self._load()
        self._gpu.measure(registry)
        self._running = _Running(recognizer, workers, *_measure(workers, recognizer, registry))

    def stop(self) -> None:
        if self._running is not None:
            self._running.recognizer.close()
            self._running.workers.close()
            self._running = None

    def state(self) -> EngineState:
        if self._running is None:
            return EngineState(ready=False, busy=False, detail="starting")
        return EngineState(ready=True, busy=self._running.workers.busy)

    def describe(self) -> dict[str, Any]:
        running = self._engine()
        return {
            "engine": asdict(running.recognizer.engine),
            "loaded": running.recognizer.loaded,
            "limits": {"pixels": MAX_PIXELS, "bytes": MAX_BYTES},
            "threads": self._settings.threads,
        }

    async def extract(self, picture: bytes) -> tuple[Recognition, float]:
        """A page and the seconds it took. Raises EngineBusy when the queue is full, EngineTimeout when it is slow."""
        running = self._engine()
        work = partial(self._timed, running.recognizer, picture, get_contextvars().get("request_id", ""))
        (future,) = running.workers.submit([work])
        waiting = asyncio.wrap_future(future)
        try:
            async with asyncio.timeout(self._settings.page_timeout):
                read, seconds = await waiting
        except TimeoutError as late:
            raise EngineTimeout("the page was not read in time") from late
        except EngineError as error:
            running.pages.labels("", error.code).inc()
            raise
        finally:
            waiting.cancel()
        running.pages.labels(read.engine.id, "ok").inc()
        running.seconds.labels(read.engine.id).observe(seconds)
        return read, seconds

    def _timed(self, recognizer: ClosableRecognizer, picture: bytes, label: str) -> tuple[Recognition, float]:
        with self._gpu.turn(label, abandon=recognizer.abandon):
            started = time.monotonic()
            return recognizer.recognize(picture), time.monotonic() - started

    def gpu(self) -> dict[str, Any] | None:
        return told(self._gpu)

    def _engine(self) -> _Running:
        if self._running is None:
            raise EngineUnavailable("starting")
        return self._running

    def _routes(self) -> APIRouter:
        router = APIRouter(max_body_size=BODY_BYTES)

        @router.post("/extract", response_model=ExtractOut)
        async def extract(file: UploadFile) -> Response:
            read, seconds = await self.extract(await file.read())
            content = to_json(as_json(read) | {"seconds": round(seconds, 3)})
            return Response(content, media_type="application/json")

        return router


def _measure(
    workers: Workers, recognizer: ClosableRecognizer, registry: CollectorRegistry
) -> tuple[Counter, Histogram]:
    waiting = Gauge("inference_ocr_waiting", "Pages that wait", registry=registry)
    waiting.set_function(lambda: float(workers.waiting))
    busy = Gauge("inference_ocr_busy", "1 when a new page would wait", registry=registry)
    busy.set_function(lambda: float(workers.busy))
    loaded = Gauge("inference_ocr_loaded", "1 while the engines are in memory", registry=registry)
    loaded.set_function(lambda: float(recognizer.loaded))
    pages = Counter("inference_ocr_pages_total", "Pages read, or why not", ("engine", "outcome"), registry=registry)
    seconds = Histogram(
        "inference_ocr_page_seconds", "Time to read a page", ("engine",), buckets=_SECONDS_BUCKETS, registry=registry
    )
    return pages, seconds
