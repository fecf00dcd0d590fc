"""The Qdrant adapter against servers that are away, slow or cross, and what it tells them."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import numpy as np
import pytest

from engines.errors import EngineError
from engines.vectors import Point, VectorsRefused, VectorsUnavailable
from engines.vectors.qdrant import QdrantIndex, collection_name

DIMENSIONS = 4
VECTOR = np.array([1, 0, 0, 0], dtype=np.float32)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_PUT = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def answering(status: int, body: object) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = json.dumps(body).encode()
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


@contextmanager
def index_at(url: str) -> Iterator[QdrantIndex]:
    index = QdrantIndex.connect(url, timeout=1)
    yield index
    index.close()


def test_a_server_that_is_away_is_worth_another_try(closed_port: int) -> None:
    with index_at(f"http://127.0.0.1:{closed_port}") as index, pytest.raises(VectorsUnavailable) as caught:
        index.ensure("model", DIMENSIONS)
    assert not caught.value.permanent


def test_a_server_that_hangs_is_given_up_after_the_timeout() -> None:
    release = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        release.wait(10)

    with serving(hang) as url, index_at(url) as index:
        start = time.monotonic()
        with pytest.raises(VectorsUnavailable):
            index.ensure("model", DIMENSIONS)
        assert time.monotonic() - start < 3
        release.set()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, VectorsUnavailable), (503, VectorsUnavailable), (429, VectorsUnavailable), (403, VectorsRefused)],
)
def test_the_status_says_whether_to_try_again(status: int, kind: type[EngineError]) -> None:
    with serving(answering(status, {"status": {"error": "secret text of the server"}})) as url, index_at(url) as index:
        with pytest.raises(kind) as caught:
            index.ensure("model", DIMENSIONS)
        assert "secret" not in str(caught.value)


def test_an_answer_that_is_not_qdrants_is_worth_another_try() -> None:
    with serving(answering(200, ["surprise"])) as url, index_at(url) as index, pytest.raises(VectorsUnavailable):
        index.ensure("model", DIMENSIONS)


class RecordingServer:
    """Answers as Qdrant does to the calls of `ensure` and `search`, and keeps what it was asked."""

    def __init__(self, points: list[dict[str, object]]) -> None:
        self.asked: list[tuple[str, str, dict]] = []
        self._points = points

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.asked.append((handler.command, handler.path, json.loads(body or b"{}")))
        content = json.dumps({"status": "ok", "time": 0.0, "result": self._result(handler)}).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    def _result(self, handler: BaseHTTPRequestHandler) -> object:
        if handler.path.endswith("/exists"):
            return {"exists": False}
        if handler.path.endswith("/points/query"):
            return {"points": self._points}
        if handler.path.split("?")[0].endswith("/index"):
            return {"operation_id": 1, "status": "completed"}
        return True if handler.command == "PUT" else COLLECTION


COLLECTION = {
    "status": "green",
    "optimizer_status": "ok",
    "segments_count": 1,
    "payload_schema": {},
    "config": {
        "params": {"vectors": {"size": DIMENSIONS, "distance": "Dot"}},
        "hnsw_config": {"m": 0, "ef_construct": 100, "full_scan_threshold": 10000},
        "optimizer_config": {
            "deleted_threshold": 0.2,
            "vacuum_min_vector_number": 1000,
            "default_segment_number": 0,
            "flush_interval_sec": 5,
        },
    },
}


def point_of(tenant: str) -> dict[str, object]:
    payload = {"tenant": tenant, "document": str(uuid4()), "version": str(uuid4()), "chunk": str(uuid4())}
    return {"id": str(uuid4()), "version": 1, "score": 0.5, "payload": {**payload, "part": 0, "window": 0}}


def test_the_collection_is_partitioned_by_tenant_and_every_search_names_one() -> None:
    tenant = uuid4()
    server = RecordingServer([point_of(str(tenant))])
    with serving(server) as url, index_at(url) as index:
        index.ensure("model", DIMENSIONS)
        assert len(index.search(tenant, VECTOR, 10)) == 1
    indexes = {body["field_name"]: body["field_schema"] for _, path, body in server.asked if "/index" in path}
    assert indexes["tenant"] == {"type": "keyword", "is_tenant": True}
    assert set(indexes) == {"tenant", "version", "document"}
    query = next(body for _, path, body in server.asked if path.endswith("/points/query"))
    assert query["filter"]["must"] == [{"key": "tenant", "match": {"any": [str(tenant)]}}]
    assert query["params"] == {"exact": True}


def test_a_server_that_answers_with_a_point_of_another_tenant_is_not_believed() -> None:
    tenant = uuid4()
    mine, foreign = point_of(str(tenant)), point_of(str(uuid4()))
    with serving(RecordingServer([foreign, mine])) as url, index_at(url) as index:
        index.ensure("model", DIMENSIONS)
        assert [str(hit.id) for hit in index.search(tenant, VECTOR, 10)] == [mine["id"]]


def test_models_that_differ_only_in_precision_or_punctuation_have_different_collections() -> None:
    names = {
        collection_name("windows", model) for model in ("MiniLM/fp32", "MiniLM/int8", "MiniLM fp32", "minilm/fp32")
    }
    assert len(names) == 4
    assert all(name.startswith("windows-minilm-") for name in names)


def test_a_collection_can_be_dropped_once_its_model_is_no_longer_used() -> None:
    index = QdrantIndex.in_memory()
    ids = (uuid4(), uuid4(), uuid4(), uuid4(), uuid4())
    index.ensure("old model", DIMENSIONS)
    index.upsert([Point(*ids, part=0, window=0, vector=VECTOR)])
    index.drop()
    index.ensure("old model", DIMENSIONS)
    assert index.count(ids[1], ids[3]) == 0
    index.close()
