"""Bodies are bounded before anybody reads them."""

import asyncio
import json

import pytest
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application

from passepartout.kernel.rest.bodies import BodyLimit

# Django looks at its connection at the start and the end of every request.
pytestmark = pytest.mark.django_db(transaction=True)
LIMIT = 1000


def answered(pieces, *, announced=None, path="/health/live"):
    """(status, body, bytes taken) of a request whose body arrives in these pieces."""
    headers = [(b"host", b"localhost")]
    if announced is not None:
        headers.append((b"content-length", str(announced).encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": headers,
        "query_string": b"",
        "http_version": "1.1",
    }
    waiting, sent, taken = list(pieces), [], []

    async def receive():
        if not waiting:
            await asyncio.Event().wait()  # the client stays and listens
        piece = waiting.pop(0)
        taken.append(len(piece))
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    async def run():
        await BodyLimit(get_asgi_application(), limit=LIMIT)(scope, receive, send)

    async_to_sync(run)()
    start, *rest = sent
    body = b"".join(message.get("body", b"") for message in rest)
    return start["status"], dict(start["headers"]), body, sum(taken)


def assert_refused(status, headers, body):
    assert status == 413
    assert headers[b"Content-Type"] == b"application/problem+json"
    assert json.loads(body)["code"] == "too_large"
    assert json.loads(body)["request_id"].encode() == headers[b"X-Request-ID"]


def test_a_body_announced_too_large_is_refused_unread():
    *answer, taken = answered([b"a" * 100], announced=LIMIT + 1)
    assert_refused(*answer)
    assert taken == 0


def test_a_body_that_grows_too_large_is_refused_at_that_byte():
    *answer, taken = answered([b"a" * 400] * 100)
    assert_refused(*answer)
    assert taken == 1200


@pytest.mark.parametrize("announced", [None, LIMIT])
def test_a_body_within_the_limit_passes(announced):
    status, _, body, taken = answered([b"a" * 500, b"a" * 500], announced=announced)
    assert (status, json.loads(body)["status"], taken) == (200, "ok", LIMIT)


def test_a_length_that_is_no_number_is_counted_instead():
    *answer, _ = answered([b"a" * 2000], announced="x")
    assert_refused(*answer)
