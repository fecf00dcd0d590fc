"""What every engine's service has in common: `/health`, `/info`, `/metrics`, errors, lifespan.

One process may serve one engine or several: `create_app` takes the services and puts their routes side by side.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.exceptions import HTTPException

from engines.errors import EngineBusy, EngineError
from inference.common import logs
from inference.common.middleware import BearerToken, RequestLog, problem
from inference.common.settings import Settings

# Seconds to wait for an engine that is not there, or late: it says nothing of itself.
_RETRY_AFTER = 5

_log = structlog.stdlib.get_logger("inference.service")


@dataclass(frozen=True, slots=True)
class EngineState:
    """`busy`: a new call would wait. `detail` says in one line why an engine is not ready."""

    ready: bool
    busy: bool
    detail: str = ""


class Service(Protocol):
    """One engine behind HTTP."""

    name: str
    router: APIRouter

    def start(self, registry: CollectorRegistry) -> None:
        """Load the model, in a thread. Raises EngineError: the service then answers 503 and says so."""

    def stop(self) -> None: ...

    def state(self) -> EngineState: ...

    def gpu(self) -> dict[str, Any] | None:
        """Who computes on the GPU that this engine shares, and who waits (`inference.common.gpu.told`); None where it
        shares none. May ask a store: not to be called in an event loop."""
        ...

    def describe(self) -> dict[str, Any]:
        """Model, limits, threads: what a client needs to know. Called only when ready."""
        ...


def create_app(services: Sequence[Service], settings: Settings) -> FastAPI:
    registry = CollectorRegistry()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        logs.configure(settings.log_level)
        async with AsyncExitStack() as stack:
            for service in services:
                stack.callback(service.stop)
                await _start(service, registry)
            yield

    app = FastAPI(title="Passepartout inference", lifespan=lifespan, docs_url=None, redoc_url=None)
    for service in services:
        app.include_router(service.router)
    app.include_router(_common_routes(services, registry))
    _answer_errors(app)
    # The last one added is the first one met.
    app.add_middleware(BearerToken, token=settings.token)
    paths = frozenset(app.openapi()["paths"])
    app.add_middleware(RequestLog, registry=registry, paths=paths)
    return app


async def _start(service: Service, registry: CollectorRegistry) -> None:
    try:
        await asyncio.to_thread(service.start, registry)
    except EngineError as error:
        _log.error("not ready", engine=service.name, code=error.code, detail=error.detail)
    else:
        _log.info("ready", engine=service.name)


def _common_routes(services: Sequence[Service], registry: CollectorRegistry) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health(response: Response) -> dict[str, Any]:
        states = {service.name: service.state() for service in services}
        ready = all(state.ready for state in states.values())
        response.status_code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        gpus = await asyncio.to_thread(_gpus, services)
        return {
            "status": "ok" if ready else "unavailable",
            "busy": any(state.busy for state in states.values()) or any(gpu["busy"] for gpu in gpus.values()),
            "engines": {name: asdict(state) for name, state in states.items()},
            "gpus": gpus,
        }

    @router.get("/info")
    async def info() -> dict[str, Any]:
        ready = [service for service in services if service.state().ready]
        described = {service.name: service.describe() for service in ready}
        return {"version": _version(), "engines": described, "gpus": await asyncio.to_thread(_gpus, services)}

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _gpus(services: Sequence[Service]) -> dict[str, dict[str, Any]]:
    """By engine, of those that share a GPU."""
    found = {service.name: service.gpu() for service in services}
    return {name: gpu for name, gpu in found.items() if gpu is not None}


def _version() -> str:
    try:
        return version("passepartout")
    except PackageNotFoundError:
        return "checkout"


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(EngineError)
    async def engine_error(_: Request, error: EngineError) -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error.permanent else HTTPStatus.SERVICE_UNAVAILABLE
        seconds = error.retry_after if isinstance(error, EngineBusy) else _RETRY_AFTER
        headers = {} if error.permanent else {"Retry-After": str(math.ceil(seconds))}
        return problem(status, error.code, error.detail, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        """Say where and why, never what: FastAPI's own answer repeats the text that was sent."""
        reasons = [f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in error.errors()[:5]]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "; ".join(reasons))

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        return problem(error.status_code, code, error.detail, headers=dict(error.headers or {}))
