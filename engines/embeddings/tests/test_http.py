"""The client against a service played by httpx's own transport: what it does with every kind of answer."""

from __future__ import annotations

import json

import httpx
import numpy as np
import pytest

from engines.embeddings.fake import FakeEmbedder
from engines.embeddings.http import HttpEmbedder
from engines.errors import EngineBusy, EngineRejected, EngineTimeout, EngineUnavailable

FAKE = FakeEmbedder(dimensions=8)
CARD = {"id": "feature-hashing", "precision": "fp32", "dimensions": 8, "max_tokens": 256, "identifier": "…"}
INFO = {"engines": {"embeddings": {"model": CARD, "threads": 2}}}


class Service:
    """Answers as the inference service does; `next` is what the next POST gets instead."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.next: httpx.Response | httpx.HTTPError | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/info":
            return httpx.Response(200, json=INFO)
        if isinstance(self.next, httpx.HTTPError):
            raise self.next
        return self.next or httpx.Response(200, json=self.embed(json.loads(request.content)))

    def embed(self, body):
        if "text" in body:
            return {"model": FAKE.model.identifier, "embedding": FAKE.embed([body["text"]])[0].tolist()}
        return {"model": FAKE.model.identifier, "embeddings": FAKE.embed(body["texts"]).tolist()}

    def paths(self):
        return [request.url.path for request in self.requests]


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def client(service):
    with HttpEmbedder("http://embeddings", token="secret", transport=httpx.MockTransport(service)) as client:
        yield client


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_says_when_to_come_back(client, service, status):
    service.next = httpx.Response(status, headers={"Retry-After": "7"})
    with pytest.raises(EngineBusy) as busy:
        client.embed(["a"])
    assert busy.value.retry_after == 7
    assert not busy.value.permanent


def test_a_refused_text_is_never_to_be_sent_again(client, service):
    service.next = httpx.Response(422, json={"code": "invalid_request"})
    with pytest.raises(EngineRejected) as rejected:
        client.embed(["a"])
    assert rejected.value.permanent


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.ReadTimeout("late"), EngineTimeout),
        (httpx.ConnectTimeout("late"), EngineTimeout),
        (httpx.ConnectError("refused"), EngineUnavailable),
        (httpx.RemoteProtocolError("cut"), EngineUnavailable),
        (httpx.Response(500), EngineUnavailable),
        (httpx.Response(401), EngineUnavailable),
        (httpx.Response(200, text="<html>"), EngineUnavailable),
        (httpx.Response(200, json=[1]), EngineUnavailable),
        (httpx.Response(200, json={"model": "feature-hashing/fp32", "embedding": [1, 2]}), EngineUnavailable),
        (httpx.Response(200, json={"model": "feature-hashing/int8", "embedding": [0] * 8}), EngineUnavailable),
    ],
)
def test_every_other_failure_is_temporary(client, service, answer, error):
    service.next = answer
    with pytest.raises(error) as raised:
        client.embed(["a"])
    assert not raised.value.permanent


def test_one_text_takes_the_fast_lane_and_several_go_in_batches_of_256(client, service):
    texts = [f"text {number}" for number in range(300)]
    assert np.allclose(client.embed(["one"]), FAKE.embed(["one"]))
    assert np.allclose(client.embed(texts), FAKE.embed(texts))
    assert service.paths() == ["/embed", "/info", "/embed/batch", "/embed/batch"]


def test_no_text_asks_only_which_model_it_is(client, service):
    assert client.embed([]).shape == (0, 8)
    assert service.paths() == ["/info"]


def test_the_token_goes_with_every_request(client, service):
    client.embed(["a"])
    assert {request.headers["Authorization"] for request in service.requests} == {"Bearer secret"}


def test_the_card_is_asked_once(client, service):
    assert client.model == client.model == FAKE.model
    assert service.paths() == ["/info"]
