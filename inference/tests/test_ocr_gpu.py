"""The OCR service on a GPU that others use: page by page, with whose page waits known to the platform alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from embedded.valkey import ValkeyServer
from engines.accelerator.valkey import ValkeyAccelerator
from engines.errors import EngineUnavailable
from inference.common.application import create_app
from inference.common.gpu import shared_gpu
from inference.common.settings import Settings
from inference.ocr.service import OcrService
from inference.tests.test_ocr_service import PAGE, Reader, SlowReader, sent
from tests.leases import empty, settled, taken, valkey


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with valkey(tmp_path_factory.mktemp("leases")) as running:
        yield running


@pytest.fixture
def gpu(server: ValkeyServer) -> Iterator[ValkeyAccelerator]:
    made = ValkeyAccelerator(server.url, f"gpu-{uuid4().hex}", seconds=1.0)
    settled(made)
    yield made
    made.close()


class Interrupted(SlowReader):
    """Its page ends when it is abandoned."""

    def recognize(self, picture):
        self.entered.set()
        assert self.opened.wait(10)
        raise EngineUnavailable("abandoned")

    def abandon(self):
        self.opened.set()


@pytest.fixture
def client_of(server, gpu):
    settings = Settings(
        models=Path("absent"), page_timeout=5.0, gpu=gpu.device, gpu_leases=server.url, gpu_lease_seconds=1.0
    )

    def client(reader):
        service = OcrService(settings, load=lambda: reader, gpu=shared_gpu(settings, "ocr", patience=5.0))
        return TestClient(create_app([service], settings))

    return client


def test_a_page_waits_for_its_turn_under_the_name_of_its_job(client_of, gpu):
    with client_of(Reader(lambda _: "le code est 4711")) as client, ThreadPoolExecutor(1) as pool:
        other = taken(gpu, "language model")
        page = pool.submit(sent, client, PAGE, headers={"X-Request-ID": "job-1"})
        deadline = time.monotonic() + 5
        while (place := gpu.usage().place_of("job-1")) is None and time.monotonic() < deadline:
            gpu.renew(other)
            time.sleep(0.05)
        assert place is not None
        assert (place.position, place.holder) == (1, "language model")
        assert client.get("/health").json()["busy"] is True
        assert "job-1" not in client.get("/info").text
        gpu.release(other.claim)
        assert page.result().status_code == 200
    assert not gpu.usage().busy


def test_a_page_whose_lease_is_lost_is_abandoned_and_answered_as_something_to_try_again(client_of, gpu, server):
    reader = Interrupted()
    with client_of(reader) as client, ThreadPoolExecutor(1) as pool:
        page = pool.submit(sent, client, PAGE)
        assert reader.entered.wait(5)
        empty(server)
        assert page.result().status_code == 503
        assert "inference_gpu_leases_lost_total 1.0" in client.get("/metrics").text


def test_a_result_that_came_after_the_end_of_the_lease_is_not_given(client_of, gpu, server):
    reader = SlowReader()
    with client_of(reader) as client, ThreadPoolExecutor(1) as pool:
        page = pool.submit(sent, client, PAGE)
        assert reader.entered.wait(5)
        empty(server)
        threading.Timer(1.2, reader.opened.set).start()
        answer = page.result()
        assert (answer.status_code, answer.json()["code"]) == (503, "gpu_lost")


def test_on_no_gpu_nothing_is_leased_and_nothing_said(gpu):
    settings = Settings(models=Path("absent"))
    with TestClient(create_app([OcrService(settings, load=Reader)], settings)) as client:
        assert sent(client).status_code == 200
        assert client.get("/health").json()["gpus"] == {}
