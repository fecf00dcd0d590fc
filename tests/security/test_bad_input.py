"""Whatever is sent to whatever address: a clear problem, never a crash.

Generated from the OpenAPI schema, so that a new endpoint is covered by being there.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator
from rest_framework.settings import api_settings

from passepartout.kernel.ids import new_id

pytestmark = pytest.mark.django_db
METHODS = ("get", "post", "put", "patch", "delete")
ARGUMENTS = {"number": "1", "action": "delete"}
JSON, MULTIPART = "application/json", "multipart/form-data"
GARBAGE_TOKENS = ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "pp_" + "x" * 64, "\x00", "é", "x" * 6000, "Bearer"]
NO_IDS = ["x", "123", "%00", "..", "é", "00000000-0000-0000-0000-00000000000", "a" * 10_000]
SURROGATE = "half \ud800"
STRANGE_TEXTS = ["", " ", "a" * 10_000, "nul\x00", SURROGATE, "\u202e\u200b", "'; DROP TABLE users; --", "%s%n{0}"]
STRANGE: list[Any] = [
    *STRANGE_TEXTS,
    None,
    True,
    -1,
    1.5,
    2**63,
    10**400,
    [],
    ["x"],
    [None],
    {},
    {"a": {"b": []}},
    "2026-13-45",
]
STRANGE_QUERIES = [
    "",
    "%00",
    "%ff%fe",
    "%ED%A0%80",
    "-1",
    "1.5",
    "9" * 5000,
    "a" * 10_000,
    "é",
    "[]",
    "2026-13-45T99:00Z",
]


@dataclass(frozen=True)
class Operation:
    """One method of one address, as the schema describes it."""

    path: str
    method: str
    described: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_open(self) -> bool:
        return {} in self.described.get("security", [{}])

    @property
    def takes_an_id(self) -> bool:
        return "{id}" in self.path or "{pk}" in self.path

    @property
    def body(self) -> tuple[str, Any]:
        """(media type, schema) of the request; ("", {}) when it takes none."""
        content = self.described.get("requestBody", {}).get("content", {})
        kind = MULTIPART if MULTIPART in content else JSON if JSON in content else ""
        return kind, content[kind]["schema"] if kind else {}

    @property
    def queries(self) -> list[str]:
        return [p["name"] for p in self.described.get("parameters", []) if p["in"] == "query"]

    def address(self, ident: object = "") -> str:
        def fill(found: re.Match[str]) -> str:
            return ARGUMENTS.get(found[1], str(ident or new_id()))

        return re.sub(r"{(\w+)}", fill, self.path)


@cache
def schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations() -> Iterator[Operation]:
    for path, described in schema()["paths"].items():
        for method in METHODS:
            if method in described:
                yield Operation(path, method, described[method])


def parametrized(*operations_wanted: Operation) -> Any:
    return pytest.mark.parametrize("operation", operations_wanted, ids=str)


ALL = list(operations())
CLOSED = [operation for operation in ALL if not operation.is_open]
WITH_BODY = [operation for operation in ALL if operation.body[0]]


def resolved(described: Any) -> Any:
    """A schema with its references followed, the first of alternatives chosen."""
    while True:
        if "$ref" in described:
            described = schema()["components"]["schemas"][described["$ref"].rpartition("/")[2]]
        elif described.keys() & {"allOf", "oneOf"}:
            described = (described.get("allOf") or described["oneOf"])[0]
        else:
            return described


def plausible(described: Any) -> Any:
    """A value of the kind that the schema asks for."""
    described = resolved(described)
    if "enum" in described:
        return described["enum"][0]
    by_format = {"uuid": str(new_id()), "email": "someone@example.org", "date": "2026-01-01",
                 "date-time": "2099-01-01T00:00:00Z"}  # fmt: skip
    match described.get("type"):
        case "string":
            return by_format.get(described.get("format", ""), "Une valeur plausible")
        case "object":
            return {name: plausible(part) for name, part in described.get("properties", {}).items()}
        case kind:
            return {"integer": 1, "number": 1.0, "boolean": False, "array": []}[kind]


def fields(operation: Operation) -> dict[str, Any]:
    properties = resolved(operation.body[1])["properties"]
    return {name: part for name, part in properties.items() if not resolved(part).get("readOnly")}


def a_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("note.txt", b"Une note.")


def send(client: Any, operation: Operation, body: dict[str, Any], address: str = "") -> Any:
    call = getattr(client, operation.method)
    address = address or operation.address()
    if operation.body[0] == MULTIPART:
        flat = {name: value for name, value in body.items() if isinstance(value, str | int | SimpleUploadedFile)}
        return call(address, flat, format="multipart")
    return call(address, json.dumps(body), content_type=JSON)


def plain(operation: Operation) -> dict[str, Any]:
    body = {name: plausible(part) for name, part in fields(operation).items()}
    return body | {"file": a_file()} if operation.body[0] == MULTIPART else body


def assert_clear(answer: Any) -> None:
    """No crash; an error is a problem that names its request and shows nothing of the code."""
    text = "" if answer.streaming else answer.content.decode("utf-8", "replace")
    assert answer.status_code < 500, text
    assert not re.search(r'Traceback|File "/|psycopg|django\.', text)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = json.loads(text)
        assert problem["status"] == answer.status_code
        assert problem["request_id"] == answer.headers["X-Request-ID"]
        assert re.fullmatch(r"[a-z_]+", problem["code"])
        assert len(text) < 5000, "what was sent is repeated"


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for rate in ("anonymous", "caller", "sign_in"):
        monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, rate, "1000000/min")


def bare(client: Any, operation: Operation, **headers: str) -> Any:
    return getattr(client, operation.method)(operation.address(), **headers)


@parametrized(*CLOSED)
def test_without_a_token_it_asks_to_sign_in(api, operation):
    answer = bare(api(), operation)
    assert_clear(answer)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@parametrized(*CLOSED)
def test_a_token_that_is_none_is_refused(api, operation):
    client = api()
    for token in GARBAGE_TOKENS:
        answer = bare(client, operation, HTTP_AUTHORIZATION=f"Bearer {token}")
        assert_clear(answer)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid"), token


@parametrized(*CLOSED)
def test_an_expired_token_says_that_it_expired(api, alice, settings, operation):
    settings.ACCESS_TOKEN_SECONDS = -1
    answer = bare(api(alice), operation)
    assert_clear(answer)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


@parametrized(*CLOSED)
def test_another_organization_in_the_header_is_refused(api, alice, charlie, operation):
    client = api(alice)
    for wanted in (str(charlie.organization.pk), str(new_id()), "x", "x" * 5000):
        answer = bare(client, operation, HTTP_X_ORGANIZATION=wanted)
        assert_clear(answer)
        assert (answer.status_code, answer.json()["code"]) == (403, "organization_forbidden")


@parametrized(*[operation for operation in CLOSED if operation.takes_an_id])
def test_an_unknown_id_is_not_found(api, alice, operation):
    client = api(alice)
    answer = send(client, operation, plain(operation)) if operation.body[0] else bare(client, operation)
    assert_clear(answer)
    assert answer.status_code == 404


@parametrized(*[operation for operation in CLOSED if operation.takes_an_id])
def test_what_is_no_id_is_not_found(api, alice, operation):
    client = api(alice)
    for ident in NO_IDS:
        answer = getattr(client, operation.method)(operation.address(ident))
        assert_clear(answer)
        assert answer.status_code == 404, ident


@pytest.mark.parametrize("path", sorted({operation.path for operation in ALL}))
def test_a_method_that_it_does_not_take_is_refused(api, alice, path):
    taken = {operation.method for operation in ALL if operation.path == path}
    client, address = api(alice), Operation(path, "", {}).address()
    for method in {*METHODS, "trace"} - taken:
        answer = client.generic(method.upper(), address)
        assert_clear(answer)
        assert answer.status_code == 405, method


@parametrized(*[operation for operation in WITH_BODY if operation.body[0] == JSON])
def test_a_body_that_is_no_json_is_refused(api, alice, operation):
    client = api(alice)
    call = getattr(client, operation.method)
    deep = b"[" * 100_000 + b"]" * 100_000
    for body in (b"{", b"\xff\xfe", b"{'a': 1}", b'{"a": NaN}', b"\x00", deep, b'{"a": ' + b"9" * 5000 + b"}"):
        answer = call(operation.address(), body, content_type=JSON)
        assert_clear(answer)
        assert answer.status_code in {400, 404}, body[:20]
    for body in (b"[]", b'"a"', b"1", b"null", b"[[]]"):
        answer = call(operation.address(), body, content_type=JSON)
        assert_clear(answer)
        assert answer.status_code in {404, 422}, body


@parametrized(*WITH_BODY)
def test_another_content_type_is_refused(api, alice, operation):
    client = api(alice)
    for kind in (
        "text/xml",
        "application/x-www-form-urlencoded",
        "x",
        "application/octet-stream",
        "text/plain; charset=x",
    ):
        answer = getattr(client, operation.method)(operation.address(), b"<a/>", content_type=kind)
        assert_clear(answer)
        assert answer.status_code in {400, 404, 415}, kind


@parametrized(*WITH_BODY)
def test_no_value_of_any_field_crashes_it(api, alice, operation):
    client = api(alice)
    for name in fields(operation):
        for value in STRANGE:
            if operation.body[0] == MULTIPART and value == SURROGATE:
                continue  # no form can carry it
            answer = send(client, operation, {**plain(operation), name: value})
            assert_clear(answer)
            unstorable = isinstance(value, str) and ("\x00" in value or "\ud800" in value)
            if unstorable and operation.body[0] == JSON:
                assert answer.status_code >= 400, f"{name} took {value!r}"


@parametrized(*WITH_BODY)
def test_fields_that_it_does_not_know_change_nothing_of_their_own(api, alice, charlie, operation):
    foreign = {"id": str(new_id()), "org": str(charlie.organization.pk), "org_id": str(charlie.organization.pk)}
    answer = send(api(alice), operation, {**plain(operation), **foreign, "status": "indexed", "role_": "org_admin"})
    assert_clear(answer)
    assert str(charlie.organization.pk) not in answer.content.decode()


@parametrized(*[operation for operation in ALL if operation.method == "get"])
def test_no_query_crashes_it(api, alice, operation):
    client = api(alice)
    for name in {*operation.queries, "cursor", "page_size", "ordering", "format", "unknown"}:
        for value in STRANGE_QUERIES:
            assert_clear(client.get(f"{operation.address()}?{name}={value}"))


def test_every_address_is_in_the_schema():
    from .routes import routes

    described = {re.sub(r"{\w+}", "*", path).removeprefix("/api/v1/") for path in schema()["paths"]}
    present = {re.sub(r"<[^>]+>", "*", route.path) for route in routes()} - {"schema/"}
    assert present == described
