"""The adapters that `test_ocr.py` is run against. Another one is one more `Adapter` in ADAPTERS."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from engines.ocr import Recognizer, installed
from engines.ocr.fake import FakeRecognizer
from engines.ocr.http import HttpRecognizer
from engines.ocr.isolated import IsolatedRecognizer
from engines.ocr.ladder import LadderRecognizer
from engines.ocr.rapid import RapidRecognizer
from engines.ocr.tesseract import TesseractRecognizer
from inference.common.settings import Settings
from inference.ocr.app import create

Opener = Callable[[], AbstractContextManager[Recognizer]]


@dataclass(frozen=True)
class Adapter:
    """`reads`: it finds the words that stand on a page, and so is asked for them."""

    name: str
    open: Opener
    reads: bool = True


class ThroughTestClient(httpx.BaseTransport):
    """Lets the real client speak to the application without a socket."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": request.headers.get("Content-Type", "")}
        answer = self._client.request(request.method, request.url.path, content=request.read(), headers=headers)
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)


def _without_tesseract() -> None:
    if installed.tesseract() is None:
        pytest.skip("tesseract with French is not installed (apt install tesseract-ocr tesseract-ocr-fra)")


@contextmanager
def _fake() -> Iterator[Recognizer]:
    yield FakeRecognizer()


@contextmanager
def _tesseract() -> Iterator[Recognizer]:
    _without_tesseract()
    yield TesseractRecognizer()


@contextmanager
def _rapid() -> Iterator[Recognizer]:
    yield RapidRecognizer()


@contextmanager
def _ladder() -> Iterator[Recognizer]:
    _without_tesseract()
    yield LadderRecognizer(TesseractRecognizer(), RapidRecognizer())


@contextmanager
def _isolated() -> Iterator[Recognizer]:
    reader = IsolatedRecognizer()
    yield reader
    reader.close()


@contextmanager
def _http() -> Iterator[Recognizer]:
    with TestClient(create(Settings(models=Path("absent")))) as client:
        yield HttpRecognizer("http://testserver", transport=ThroughTestClient(client))


ADAPTERS = [
    Adapter("fake", _fake, reads=False),
    Adapter("tesseract", _tesseract),
    Adapter("rapid", _rapid),
    Adapter("ladder", _ladder),
    Adapter("isolated", _isolated),
    Adapter("http", _http),
]
