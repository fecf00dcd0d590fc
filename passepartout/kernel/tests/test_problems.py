"""Every error ends as an RFC 9457 problem: stable code, request id, never a stack trace."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import override
from psycopg_pool import PoolTimeout
from rest_framework import exceptions

from passepartout.kernel import errors
from passepartout.kernel.rest.problems import problem_answer


def answer(error):
    made = problem_answer(error, {})
    assert made is not None
    assert made.content_type == "application/problem+json"
    return made


@pytest.mark.parametrize("bug", [KeyError("x"), ZeroDivisionError(), errors.ScopeMissing("no scope")])
def test_a_bug_is_not_dressed_up_as_an_answer(bug):
    assert problem_answer(bug, {}) is None


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidInput("x"), 422, "invalid"),
        (errors.NotAuthenticated(), 401, "not_authenticated"),
        (errors.Forbidden(), 403, "forbidden"),
        (errors.NotFound(), 404, "not_found"),
        (errors.Conflict(), 409, "conflict"),
        (errors.TooLarge(), 413, "too_large"),
        (errors.UnsupportedType(), 415, "type_unsupported"),
        (errors.LimitReached(), 429, "limit_reached"),
        (errors.Unavailable(), 503, "unavailable"),
        (errors.StorageFull(), 507, "storage_full"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (RequestDataTooBig(), 413, "too_large"),
        (SuspiciousOperation("x"), 400, "malformed"),
        (OperationalError("server closed the connection"), 503, "database_unavailable"),
        (InterfaceError("connection closed"), 503, "database_unavailable"),
        (PoolTimeout("no connection"), 503, "database_unavailable"),
        (IntegrityError("x"), 409, "integrity"),
        (DataError("x"), 422, "unstorable"),
        (exceptions.ParseError(), 400, "malformed"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "throttled"),
        (exceptions.ValidationError({"name": ["no"]}), 422, "invalid"),
        (exceptions.AuthenticationFailed(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
    ],
)
def test_each_error_has_its_status_and_its_stable_code(error, status, code):
    body = answer(error).data
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert {"title", "detail", "request_id"} <= set(body)


def test_what_the_database_says_is_not_repeated():
    for error in (IntegrityError("Key (email)=(a@b.fr)"), DataError("a@b.fr"), OperationalError("host db-7")):
        text = str(answer(error).data)
        assert "a@b.fr" not in text
        assert "db-7" not in text


def test_whoever_must_wait_is_told_how_long():
    assert answer(exceptions.Throttled(wait=7))["Retry-After"] == "7"
    assert answer(errors.LimitReached(retry_after=60))["Retry-After"] == "60"
    assert answer(OperationalError())["Retry-After"] == "5"


def test_an_invalid_form_names_every_field_by_its_path():
    error = exceptions.ValidationError(
        {
            "name": ["is missing"],
            "address": {"country": ["unknown"]},
            "tags": {"1": ["too long"]},
            "non_field_errors": ["both"],
        }
    )
    fields = [entry["field"] for entry in answer(error).data["errors"]]
    assert fields == ["name", "address.country", "tags.1", ""]


def test_an_error_about_a_field_says_which():
    body = answer(errors.InvalidInput("Too short", code="password_weak", field="password")).data
    assert body["errors"] == [{"field": "password", "code": "password_weak", "detail": "Too short"}]


def test_further_members_stay_in_the_answer():
    assert answer(errors.Conflict(state="lost")).data["state"] == "lost"


def test_no_title_shows_a_placeholder():
    with override("fr"):
        for error in (exceptions.UnsupportedMediaType("text/csv"), exceptions.MethodNotAllowed("PUT")):
            assert "{" not in answer(error).data["title"]
