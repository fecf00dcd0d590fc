"""The service over HTTP: limits, token, refusals, the busy flag, and nothing said of what stood on a page."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from engines.ocr import PageFailed
from engines.ocr.fake import FakeRecognizer
from engines.ocr.tests.pages import encoded
from inference.common.application import create_app
from inference.common.settings import Settings
from inference.ocr.app import create
from inference.ocr.service import BODY_BYTES, OcrService

SETTINGS = Settings(threads=1, models=Path("absent"), waiting_pages=1, page_timeout=5.0)
PAGE = encoded(np.full((100, 80), 255, np.uint8))


class Reader(FakeRecognizer):
    loaded = False

    def abandon(self):
        self.loaded = False

    def close(self):
        self.loaded = False


class SlowReader(Reader):
    def __init__(self):
        super().__init__()
        self.entered, self.opened = threading.Event(), threading.Event()

    def recognize(self, picture):
        self.entered.set()
        assert self.opened.wait(10)
        return super().recognize(picture)


def client_of(reader, settings=SETTINGS):
    return TestClient(create_app([OcrService(settings, load=lambda: reader)], settings))


def sent(client, picture=PAGE, field="file", **more):
    return client.post("/extract", files={field: ("page.png", picture)}, **more)


@pytest.fixture
def client():
    with client_of(Reader(lambda _: "le code est 4711\nsecond ligne")) as client:
        yield client


def test_without_the_token_nothing_is_read():
    with client_of(Reader(), Settings(models=Path("absent"), token="secret")) as client:
        assert sent(client).status_code == 401
        assert sent(client, headers={"Authorization": "Bearer secret"}).status_code == 200


@pytest.mark.parametrize("picture", [b"", b"not a picture", PAGE[:40]])
def test_a_bad_picture_is_refused_with_a_clear_code(client, picture):
    answer = sent(client, picture)
    assert answer.status_code == 422
    assert answer.json()["code"] == "picture_unreadable"


def test_too_many_pixels_are_refused(client):
    answer = sent(client, encoded(np.zeros((8_000, 7_000), np.uint8)))
    assert (answer.status_code, answer.json()["code"]) == (422, "picture_too_large")


def test_a_body_too_large_is_refused_before_it_is_read(client):
    answer = client.post("/extract", content=b"x", headers={"Content-Length": str(BODY_BYTES + 1)})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "call", [{"json": {"path": "/etc/passwd"}}, {"data": {"file": "text"}}, {"files": {"pdf": b"x"}}]
)
def test_a_call_without_the_part_file_is_refused(client, call):
    answer = client.post("/extract", **call)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_page_the_engine_dies_of_is_refused_for_good():
    class Dying(Reader):
        def recognize(self, picture):
            raise PageFailed("it died")

    with client_of(Dying()) as client:
        answer = sent(client)
        assert (answer.status_code, answer.json()["code"]) == (422, "ocr_failed")
        assert 'pages_total{engine="",outcome="ocr_failed"} 1.0' in client.get("/metrics").text


def test_a_full_queue_says_when_to_come_back_and_the_busy_flag_is_up():
    slow = SlowReader()
    with client_of(slow) as client:
        waiting = [threading.Thread(target=sent, args=(client,)) for _ in range(2)]
        waiting[0].start()
        assert slow.entered.wait(5)
        waiting[1].start()
        deadline = time.monotonic() + 20
        while "inference_ocr_waiting 1.0" not in client.get("/metrics").text:
            assert time.monotonic() < deadline
        refused = sent(client)
        assert client.get("/health").json()["busy"] is True
        slow.opened.set()
        for each in waiting:
            each.join(10)
        assert client.get("/health").json()["busy"] is False
    assert (refused.status_code, refused.json()["code"]) == (503, "engine_busy")
    assert int(refused.headers["Retry-After"]) >= 1


def test_too_slow_a_page_is_given_up():
    slow = SlowReader()
    with client_of(slow, Settings(models=Path("absent"), page_timeout=0.05)) as client:
        answer = sent(client)
        slow.opened.set()
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_timeout")


def test_what_stood_on_a_page_is_never_logged(client, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("inference").propagate = True
    assert "4711" in sent(client).json()["text"]
    logging.getLogger("inference").propagate = False
    assert "request" in caplog.text
    assert "4711" not in caplog.text + "".join(capfd.readouterr())


def test_the_answer_has_the_text_and_where_each_word_stands(client):
    answer = sent(client).json()
    assert answer["text"] == "le code est 4711\nsecond ligne"
    assert answer["page"] == {"width": 80, "height": 100}
    assert (answer["engine"], answer["confidence"], answer["rotation"]) == ("fake", 0.95, 0.0)
    (first, second) = answer["lines"]
    assert [word["text"] for word in first["words"]] == ["le", "code", "est", "4711"]
    assert second["words"][0]["box"] == [0.0, 50.0, 32.0, 90.0]
    assert answer["seconds"] >= 0


def test_the_service_says_with_what_it_reads_without_loading_it():
    with TestClient(create(SETTINGS)) as client:
        said = client.get("/info").json()["engines"]["ocr"]
        assert said["engine"]["id"] in {"tesseract", "rapidocr"}
        assert said["loaded"] is False
        assert "inference_ocr_loaded 0.0" in client.get("/metrics").text
