"""A heavy service that computes nothing: `uvicorn --factory tests.reliability.heavy:create`, told by its environment.

All else is real: the application, the GPU's turns, the lease in Valkey. The card is a file that writes down who uses it
when, and that refuses a token lower than it has seen, as a fenced resource does.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from structlog.contextvars import get_contextvars

from engines.errors import EngineUnavailable
from inference.common.application import EngineState, create_app
from inference.common.gpu import Gpu, shared_gpu, told
from inference.common.settings import from_environment

STEP_SECONDS = 0.02


class Fenced(EngineUnavailable):
    """The card has seen a higher token."""

    code = "fenced"


@dataclass(frozen=True)
class Card:
    """A line for each step: service, token, moment, whether it was taken."""

    journal: Path

    def step(self, service: str, token: int) -> None:
        """Raises Fenced."""
        with self.journal.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            highest = max((json.loads(line)["token"] for line in file), default=0)
            line = {"service": service, "token": token, "at": time.monotonic(), "taken": token >= highest}
            file.write(json.dumps(line) + "\n")
        if token < highest:
            raise Fenced(f"{token} after {highest}")

    def steps(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()] if self.journal.exists() else []


class HeavyService:
    def __init__(self, name: str, gpu: Gpu, card: Card) -> None:
        self.name = name
        self._gpu = gpu
        self._card = card
        self.router = self._routes()

    def start(self, registry: CollectorRegistry) -> None:
        self._gpu.measure(registry)

    def stop(self) -> None: ...

    def state(self) -> EngineState:
        return EngineState(ready=True, busy=False)

    def describe(self) -> dict[str, Any]:
        return {"model": "none"}

    def gpu(self) -> dict[str, Any] | None:
        return told(self._gpu)

    def _routes(self) -> APIRouter:
        router = APIRouter()

        @router.post("/compute")
        async def compute(seconds: float) -> dict[str, int]:
            label = get_contextvars().get("request_id", "")
            return {"token": await asyncio.to_thread(self._compute, seconds, label)}

        return router

    def _compute(self, seconds: float, label: str) -> int:
        abandoned = threading.Event()
        with self._gpu.turn(label, abandon=abandoned.set) as held:
            end = time.monotonic() + seconds
            while time.monotonic() < end and not abandoned.is_set():
                self._card.step(self.name, held.token)
                time.sleep(STEP_SECONDS)
        token: int = held.token
        return token


def create() -> FastAPI:
    settings = from_environment()
    name = os.environ["HEAVY_NAME"]
    gpu = shared_gpu(settings, name, patience=float(os.environ["HEAVY_PATIENCE"]))
    return create_app([HeavyService(name, gpu, Card(Path(os.environ["HEAVY_JOURNAL"])))], settings)
