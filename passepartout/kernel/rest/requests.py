"""Per-request plumbing: the request id, the access line, the content security policy."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from ..ids import new_id
from ..logs import organization_id, request_id

logger = logging.getLogger("passepartout.http")
_SAFE_ID = re.compile(r"^[A-Za-z0-9_.-]{8,64}$")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class RequestContextMiddleware:
    """Takes or makes ``X-Request-ID``, echoes it, and logs one line per request without query string or body.

    The line carries the organization, which the view says once it knows the caller.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        ident = given if _SAFE_ID.match(given) else new_id().hex
        tokens = request_id.set(ident), organization_id.set("")
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = ident
            logger.info("request", extra=_facts(request, response, started))
            return response
        finally:
            request_id.reset(tokens[0])
            organization_id.reset(tokens[1])


def _facts(request: HttpRequest, response: HttpResponse, started: float) -> dict[str, Any]:
    match = request.resolver_match
    return {
        "method": request.method,
        "route": match.route if match else "unmatched",
        "status": response.status_code,
        "duration_ms": round((time.perf_counter() - started) * 1000, 1),
    }


class ContentSecurityPolicyMiddleware:
    """No inline script, no outside request, no frame."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        return response
