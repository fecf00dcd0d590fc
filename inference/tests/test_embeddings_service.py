"""The service over HTTP, on the hashing embedder: limits, token, lanes, errors, and nothing said of the texts."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

from engines.embeddings import Embedder, Vectors
from engines.embeddings.fake import FakeEmbedder
from engines.embeddings.http import HttpEmbedder
from engines.errors import EngineUnavailable
from inference.app import create
from inference.common.application import create_app
from inference.common.settings import Settings
from inference.embeddings.service import BODY_BYTES, EmbeddingsService

SETTINGS = Settings(models=Path("absent"), threads=1, waiting_questions=2, waiting_slices=2, timeout=5.0)
SECRET_TEXT = "le code de la porte est 4711"


class SlowEmbedder(FakeEmbedder):
    """Waits to be let through, and remembers the size and the first text of each call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[int, str]] = []
        self.entered, self.joined, self.opened = threading.Event(), threading.Event(), threading.Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls.append((len(texts), texts[0]))
        (self.joined if self.entered.is_set() else self.entered).set()
        assert self.opened.wait(5)
        return super().embed(texts)


class ThroughTestClient(httpx.BaseTransport):
    """Lets the real client speak to the application without a socket."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        answer = self._client.request(request.method, request.url.path, content=request.read(), headers=headers)
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)


def client_of(embedder: Embedder, settings: Settings = SETTINGS) -> TestClient:
    return TestClient(create_app([EmbeddingsService(settings, load=lambda: embedder)], settings))


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_of(FakeEmbedder()) as client:
        yield client


@pytest.fixture
def guarded() -> Iterator[TestClient]:
    with client_of(FakeEmbedder(), Settings(models=Path("absent"), token="secret")) as client:
        yield client


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "secret"}])
@pytest.mark.parametrize("path", ["/embed", "/embed/batch", "/info", "/metrics", "/absent", "/openapi.json"])
def test_without_the_token_nothing_but_health_answers(guarded, headers, path):
    answer = guarded.post(path, json={"text": "a"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
    assert guarded.get("/health").status_code == 200


def test_with_the_token_the_service_answers(guarded):
    assert guarded.post("/embed", json={"text": "a"}, headers={"Authorization": "Bearer secret"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/embed", {"text": "x" * 8001}),
        ("/embed", {"texts": ["x"]}),
        ("/embed", {"text": 3}),
        ("/embed", {"text": "\ud800"}),
        ("/embed/batch", {"texts": ["x"] * 257}),
        ("/embed/batch", {"texts": ["x" * 8001]}),
        ("/embed/batch", {"texts": "x"}),
    ],
)
def test_a_call_beyond_the_limits_is_refused_without_repeating_it(client, path, body):
    answer = client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
    assert len(answer.content) < 500


def test_a_body_too_large_is_refused_before_it_is_read(client):
    answer = client.post("/embed/batch", content=b" " * (BODY_BYTES + 1), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["X-Request-ID"]


def test_an_unannounced_body_too_large_is_refused_too(client):
    pieces = (b" " * 1_000_000 for _ in range(14))
    assert client.post("/embed/batch", content=pieces).status_code == 413


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/embed", 405), ("GET", "/nowhere", 404)])
def test_unknown_ways_in_get_a_plain_refusal(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "detail", "request_id"}


def test_a_service_without_its_model_says_so_everywhere(caplog):
    with TestClient(create(SETTINGS)) as client:
        health = client.get("/health")
        answer = client.post("/embed", json={"text": "a"})
        assert "embeddings" not in client.get("/info").json()["engines"]
    assert health.status_code == answer.status_code == 503
    assert "build it first" in health.json()["engines"]["embeddings"]["detail"]
    assert answer.json()["code"] == "engine_unavailable"
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_full_queue_answers_503_and_when_to_come_back():
    slow = SlowEmbedder()
    with client_of(slow) as client:
        batch = {"texts": [f"text {number}" for number in range(24)]}
        first = threading.Thread(target=client.post, args=("/embed/batch",), kwargs={"json": batch})
        first.start()
        assert slow.entered.wait(5)
        refused = client.post("/embed/batch", json=batch)
        assert client.get("/health").json()["busy"] is True
        slow.opened.set()
        first.join(5)
        deadline = time.monotonic() + 5  # the thread is free a moment after its answer
        while client.get("/health").json()["busy"]:
            assert time.monotonic() < deadline
    assert refused.status_code == 503
    assert refused.json()["code"] == "engine_busy"
    assert int(refused.headers["Retry-After"]) >= 1


def test_a_question_waits_for_no_batch():
    slow = SlowEmbedder()
    with client_of(slow) as client:
        batch = {"texts": [f"text {number}" for number in range(24)]}
        first = threading.Thread(target=client.post, args=("/embed/batch",), kwargs={"json": batch})
        first.start()
        assert slow.entered.wait(5)
        second = threading.Thread(target=client.post, args=("/embed",), kwargs={"json": {"text": "question"}})
        second.start()
        assert slow.joined.wait(5)  # while the batch's thread is still held
        slow.opened.set()
        first.join(5)
        second.join(5)
    assert [size for size, _ in slow.calls] == [8, 1, 8, 8]
    assert slow.calls[1][1] == "question"


def test_a_few_texts_go_in_the_lane_of_the_questions(client):
    client.post("/embed/batch", json={"texts": ["a"] * 16})
    client.post("/embed/batch", json={"texts": ["a"] * 17})
    metrics = client.get("/metrics").text
    assert 'texts_total{lane="question"} 16.0' in metrics
    assert 'texts_total{lane="batch"} 17.0' in metrics


def test_too_slow_an_answer_is_given_up():
    slow = SlowEmbedder()
    with client_of(slow, Settings(models=Path("absent"), threads=1, timeout=0.05)) as client:
        answer = client.post("/embed/batch", json={"texts": ["a"] * 20})
        slow.opened.set()
    assert answer.status_code == 503
    assert answer.json()["code"] == "engine_timeout"
    assert len(slow.calls) == 1


def test_what_is_sent_is_never_logged(client, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("inference").propagate = True
    client.post("/embed", json={"text": SECRET_TEXT})
    client.post("/embed", json={"text": [SECRET_TEXT]})
    logging.getLogger("inference").propagate = False
    assert "request" in caplog.text
    assert "4711" not in caplog.text + "".join(capfd.readouterr())


def test_the_answers_are_those_of_the_embedder_in_the_order_given(client):
    texts = ["short", "a much longer text about parcels", "", "été à Nîmes"] * 10
    answer = client.post("/embed/batch", json={"texts": texts}).json()
    assert answer["model"] == "feature-hashing/fp32"
    assert np.abs(np.array(answer["embeddings"]) - FakeEmbedder().embed(texts)).max() < 1e-7
    single = client.post("/embed", json={"text": texts[1]}).json()
    assert single["embedding"] == answer["embeddings"][1]
    assert client.post("/embed/batch", json={"texts": []}).json()["embeddings"] == []


def test_the_client_and_the_service_understand_each_other(client):
    embedder = HttpEmbedder("http://testserver", transport=ThroughTestClient(client))
    assert embedder.model == FakeEmbedder().model
    assert np.abs(embedder.embed(["a", "b c"]) - FakeEmbedder().embed(["a", "b c"])).max() < 1e-7


def test_metrics_count_the_texts_by_lane_and_the_requests_by_known_path(client):
    client.post("/embed/batch", json={"texts": ["a"] * 20})
    client.get("/some/invented/path")
    metrics = client.get("/metrics").text
    assert 'inference_embeddings_texts_total{lane="batch"} 20.0' in metrics
    assert 'inference_requests_total{path="other",status="404"} 1.0' in metrics
    assert "invented" not in metrics


def test_a_request_keeps_the_id_it_came_with_unless_it_is_not_an_id(client):
    assert client.get("/health", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    assert client.get("/health", headers={"X-Request-ID": "no id"}).headers["X-Request-ID"] != "no id"


def test_a_model_that_cannot_load_leaves_the_process_up():
    def load() -> Embedder:
        raise EngineUnavailable("the disk is gone")

    with TestClient(create_app([EmbeddingsService(SETTINGS, load=load)], SETTINGS)) as client:
        assert client.get("/health").json()["engines"]["embeddings"]["detail"] == "the disk is gone"
