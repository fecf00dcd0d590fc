"""RFC 9457 problem answers: one shape for every error, stable codes, the request id, never a stack trace."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response

from ..errors import AppError, Forbidden, InvalidInput, NotAuthenticated, NotFound, Unavailable
from ..logs import request_id

logger = logging.getLogger("passepartout.problems")
CONTENT_TYPE = "application/problem+json"


def problem(error: AppError) -> dict[str, Any]:
    """The body of the answer for an error."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id.get(),
    }
    if error.field:
        body["errors"] = [{"field": error.field, "code": error.code, "detail": error.detail}]
    return {**body, **error.extra}


def problem_answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Returns None for a bug, which then ends in `server_error` with its trace logged."""
    known = _as_app_error(error)
    if known is None:
        return None
    response = Response(problem(known), status=known.status, content_type=CONTENT_TYPE)
    if known.retry_after is not None:
        response["Retry-After"] = str(known.retry_after)
    if known.status == NotAuthenticated.status:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _as_app_error(error: Exception) -> AppError | None:
    match error:
        case AppError():
            return error
        case exceptions.ValidationError():
            return _invalid(error)
        case exceptions.Throttled():
            return _from_api(error, retry_after=int(error.wait or 1) + 1)
        case exceptions.APIException():
            return _from_api(error)
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden()
        case OperationalError() | InterfaceError() | PoolTimeout():
            logger.error("database unavailable", extra={"error": type(error).__name__})
            return Unavailable(
                "The database does not answer; try again in a moment.", code="database_unavailable", retry_after=5
            )
    return None


_CODES = {"parse_error": "malformed", "authentication_failed": "not_authenticated", "permission_denied": "forbidden"}


def _from_api(error: exceptions.APIException, *, retry_after: int | None = None) -> AppError:
    code = str(getattr(error.detail, "code", "") or error.default_code)
    known = AppError(str(error.detail), code=_CODES.get(code, code), retry_after=retry_after)
    known.status = error.status_code  # type: ignore[misc]
    known.title = str(error.default_detail)  # type: ignore[misc]
    return known


def _invalid(error: exceptions.ValidationError) -> AppError:
    errors = list(_flatten(error.detail, ""))
    first = errors[0] if errors else {"field": "", "detail": "Invalid input."}
    detail = f"{first['field']}: {first['detail']}" if first["field"] else first["detail"]
    return InvalidInput(detail, errors=errors)


def _flatten(detail: Any, path: str) -> Any:
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _flatten(value, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list):
        for value in detail:
            yield from _flatten(value, path)
    else:
        yield {"field": path, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


def _answer(error: AppError) -> HttpResponse:
    return JsonResponse(problem(error), status=error.status, content_type=CONTENT_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(
        AppError("Something went wrong on our side. Give the request id to your administrator.", code="server_error")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(NotFound("There is nothing at this address."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    known = AppError("The request cannot be read.", code="malformed")
    known.status = 400  # type: ignore[misc]
    return _answer(known)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(Forbidden())
