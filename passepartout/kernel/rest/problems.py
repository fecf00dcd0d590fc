"""RFC 9457 problem answers: one shape for every error, stable codes, the request id, never a stack trace."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from psycopg_pool import PoolTimeout
from rest_framework import exceptions, status
from rest_framework.response import Response

from ..errors import AppError, Conflict, Forbidden, InvalidInput, NotAuthenticated, NotFound, TooLarge, Unavailable
from ..logs import request_id

logger = logging.getLogger("passepartout.problems")
CONTENT_TYPE = "application/problem+json"
LONGEST_DETAIL = 300


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
    for kinds, translate in _TRANSLATIONS:
        if isinstance(error, kinds):
            return translate(error)
    return None


def _throttled(error: exceptions.Throttled) -> AppError:
    return _from_api(error, retry_after=int(getattr(error, "wait", None) or 1))


def _too_large(error: Exception) -> AppError:
    return TooLarge("The body of this request is larger than is taken.")


def _malformed(error: Exception) -> AppError:
    return _with_status(AppError("The request cannot be read.", code="malformed"), status.HTTP_400_BAD_REQUEST)


def _database_down(error: Exception) -> AppError:
    logger.error("database unavailable", extra={"error": type(error).__name__})
    return Unavailable(
        "The database does not answer; try again in a moment.", code="database_unavailable", retry_after=5
    )


def _refused_by_database(error: Exception) -> AppError:
    """A constraint that no service checked before: the caller's business, and ours to know of."""
    diagnostic = getattr(error.__cause__, "diag", None)
    constraint = getattr(diagnostic, "constraint_name", None) or type(error).__name__
    logger.error("refused by the database", extra={"constraint": constraint})
    return Conflict("This does not fit what is stored.", code="integrity")


def _unstorable(error: Exception) -> AppError:
    logger.error("refused by the database", extra={"error": type(error.__cause__ or error).__name__})
    return InvalidInput("A value cannot be stored.", code="unstorable")


_CODES = {"parse_error": "malformed", "authentication_failed": "not_authenticated", "permission_denied": "forbidden"}


def _from_api(error: exceptions.APIException, *, retry_after: int | None = None) -> AppError:
    code = str(getattr(error.detail, "code", "") or error.default_code)
    known = AppError(str(error.detail), code=_CODES.get(code, code), retry_after=retry_after)
    known.title = HTTPStatus(error.status_code).phrase  # type: ignore[misc]  # DRF's may be templates: {media_type}
    return _with_status(known, error.status_code)


def _with_status(error: AppError, code: int) -> AppError:
    error.status = code  # type: ignore[misc]
    return error


def _invalid(error: exceptions.ValidationError) -> AppError:
    errors = list(_flatten(error.detail, ""))
    first = errors[0] if errors else {"field": "", "detail": "Invalid input."}
    detail = f"{first['field']}: {first['detail']}" if first["field"] else first["detail"]
    return InvalidInput(detail, errors=errors)


def _short(sentence: str) -> str:
    """Some of DRF's sentences repeat what was sent, whatever its length, and even where it is no text (surrogates)."""
    sentence = sentence.encode(errors="replace").decode()
    return sentence if len(sentence) <= LONGEST_DETAIL else f"{sentence[:LONGEST_DETAIL]}…"


def _flatten(detail: Any, path: str) -> Any:
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _flatten(value, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list):
        for value in detail:
            yield from _flatten(value, path)
    else:
        yield {"field": path, "code": getattr(detail, "code", "invalid"), "detail": _short(str(detail))}


# The first match wins.
_TRANSLATIONS: list[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], AppError]]] = [
    (AppError, lambda error: error),
    (exceptions.ValidationError, _invalid),
    (exceptions.Throttled, _throttled),
    (exceptions.APIException, _from_api),
    (Http404, lambda _: NotFound()),
    (PermissionDenied, lambda _: Forbidden()),
    (RequestDataTooBig, _too_large),
    (SuspiciousOperation, _malformed),
    ((OperationalError, InterfaceError, PoolTimeout), _database_down),
    (IntegrityError, _refused_by_database),
    (DataError, _unstorable),
]


def _answer(error: AppError) -> HttpResponse:
    return JsonResponse(problem(error), status=error.status, content_type=CONTENT_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(
        AppError("Something went wrong on our side. Give the request id to your administrator.", code="server_error")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(NotFound("There is nothing at this address."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(_as_app_error(exception) or _malformed(exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(Forbidden())
