"""What every request meets before a route: an id, a log line, the token."""

from __future__ import annotations

import hmac
import re
import time
import uuid
from collections.abc import Set
from http import HTTPStatus

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.stdlib.get_logger("inference.requests")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def problem(status: int, code: str, detail: str, *, headers: dict[str, str] | None = None) -> JSONResponse:
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return JSONResponse({"code": code, "detail": detail, "request_id": request_id}, status, headers=headers)


class RequestLog:
    """Names the request (X-Request-ID, kept when the caller gave a plain one), counts it, times it, logs it."""

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry, paths: Set[str]) -> None:
        self._app = app
        self._paths = paths
        labels = ("path", "status")
        self._count = Counter("inference_requests_total", "Requests answered", labels, registry=registry)
        self._seconds = Histogram("inference_request_seconds", "Time to answer", ("path",), registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_named)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        # Only known paths become labels: anyone may invent the others, without end.
        path = scope["path"] if scope["path"] in self._paths else "other"
        self._count.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)
        event = _log.debug if path in {"/health", "/metrics"} else _log.info
        event("request", method=scope["method"], path=path, status=status, milliseconds=round(seconds * 1000, 1))


class BearerToken:
    """Refuses whoever does not hold the token, before the body is read. `/health` stays open to probes."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()
        self._open = not token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._open or scope["path"] == "/health" or self._holds_token(scope):
            await self._app(scope, receive, send)
            return
        refusal = problem(
            HTTPStatus.UNAUTHORIZED, "unauthorized", "a bearer token is needed", headers={"WWW-Authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _holds_token(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("authorization", "")
        return hmac.compare_digest(given.encode(), self._expected)
