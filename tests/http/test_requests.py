"""Requests that cannot be used: bad bodies, wrong methods, strange ids."""

import json

import pytest
from django.conf import settings

from .answers import problem

pytestmark = pytest.mark.django_db
CLIENTS = "/api/v1/clients/"
TOKEN = "/api/v1/auth/token/"


@pytest.mark.parametrize(
    "body", ["{", '{"name": }', "\xff", '{"name": NaN}', "[" * 100_000, '{"a":' * 50_000, "1" * 5_000]
)
def test_malformed_json_is_refused(api, alice, body):
    problem(api(alice).post(CLIENTS, body, content_type="application/json"), 400, "malformed")


@pytest.mark.parametrize("body", ["[]", '"text"', "3", "null", '{"name": {"a": 1}}', '{"name": ["x"]}'])
def test_json_of_another_shape_is_invalid(api, alice, body):
    problem(api(alice).post(CLIENTS, body, content_type="application/json"), 422, "invalid")


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800"])
def test_characters_that_cannot_be_stored_are_invalid(api, alice, text):
    client = api(alice)
    for field in ("name", "address"):
        body = json.dumps({"name": "Mme Durand", field: text})
        assert client.post(CLIENTS, body, content_type="application/json").status_code == 422
    body = json.dumps({"name": "Mme Durand", "tags": [text]})
    assert client.post(CLIENTS, body, content_type="application/json").status_code == 422


@pytest.mark.parametrize("person", ["alice", None])
def test_a_body_above_the_limit_is_refused_before_it_is_parsed(api, request, person):
    client = api(request.getfixturevalue(person)) if person else api()
    body = json.dumps({"name": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    problem(client.post(CLIENTS if person else TOKEN, body, content_type="application/json"), 413, "too_large")


def test_another_media_type_is_refused(api, alice):
    client = api(alice)
    problem(client.post(CLIENTS, "name;x", content_type="text/csv"), 415, "unsupported_media_type")
    problem(
        client.post(CLIENTS, "name=x", content_type="application/x-www-form-urlencoded"), 415, "unsupported_media_type"
    )


@pytest.mark.parametrize("charset", ["bz2_codec", "nonsense", "utf-16"])
def test_a_strange_charset_is_refused(api, alice, charset):
    answer = api(alice).post(CLIENTS, "{}", content_type=f"application/json; charset={charset}")
    assert answer.status_code in {400, 422}


def test_a_wrong_method_is_refused_and_says_which_are_right(api, alice):
    answer = api(alice).put(CLIENTS, {})
    problem(answer, 405, "method_not_allowed")
    assert "GET, POST" in answer["Allow"]


def test_an_unknown_address_is_a_problem_too(api, alice):
    problem(api(alice).get("/api/v1/nothing/"), 404, "not_found")
    problem(api().get("/nothing/"), 404, "not_found")


@pytest.mark.parametrize("ident", ["x", "%00", "' OR 1=1", "0" * 300, "é", "..%2f..%2fetc"])
def test_an_id_that_is_none_is_not_found(api, alice, ident):
    assert api(alice).get(f"{CLIENTS}{ident}/").status_code == 404


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=%00", "page_size=x", "page_size=-1", "exactly=%00", "exactly=%ff"]
)
def test_a_strange_query_is_never_a_crash(api, alice, query):
    assert api(alice).get(f"{CLIENTS}?{query}").status_code in {200, 400, 404, 422}


def test_a_host_that_is_not_ours_is_refused(api):
    problem(api().get("/api/v1/me/", HTTP_HOST="evil.example"), 400, "malformed")
