"""The child: it may crash, hang, or be thrown away; what it is told is what its reader knows."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from engines.errors import EngineUnavailable
from engines.ocr import PageFailed, PictureTooLarge, PictureUnreadable, isolated
from engines.ocr.isolated import IsolatedRecognizer
from engines.ocr.tests.pages import encoded

BLANK = encoded(np.full((300, 200), 255, np.uint8))


@pytest.fixture
def reader():
    made = IsolatedRecognizer(seconds=30, idle_seconds=30)
    yield made
    made.close()


def child(reader):
    assert reader._child is not None
    return reader._child._process


def gone(pid):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_picture_beyond_the_limit_never_reaches_the_child(reader, monkeypatch):
    monkeypatch.setattr(isolated, "MAX_BYTES", 10)
    with pytest.raises(PictureTooLarge):
        reader.recognize(BLANK)
    assert not reader.loaded


def test_a_refusal_passes_the_pipe_and_leaves_the_child_alive(reader):
    for _ in range(2):
        with pytest.raises(PictureUnreadable):
            reader.recognize(b"no picture")
    assert child(reader).poll() is None


def test_a_page_that_does_not_end_is_tried_once_more_and_then_refused(reader):
    reader.recognize(BLANK)
    first = child(reader).pid
    reader._seconds = 0.0
    with pytest.raises(PageFailed):
        reader.recognize(BLANK)
    assert gone(first)
    assert not reader.loaded
    reader._seconds = 30.0
    assert reader.recognize(BLANK).lines == ()


def test_a_child_that_was_killed_is_replaced_unseen(reader):
    reader.recognize(BLANK)
    os.kill(child(reader).pid, signal.SIGKILL)
    child(reader).wait()
    assert reader.recognize(BLANK).lines == ()


def test_a_page_that_is_abandoned_ends_at_once_and_is_not_tried_again(reader):
    reader.recognize(BLANK)
    first = child(reader).pid
    os.kill(first, signal.SIGSTOP)  # it would never end
    abandon = threading.Timer(0.3, reader.abandon)
    abandon.start()
    began = time.monotonic()
    with pytest.raises(EngineUnavailable):
        reader.recognize(BLANK)
    assert time.monotonic() - began < 10
    assert gone(first)
    assert not reader.loaded
    assert reader.recognize(BLANK).lines == (), "the next page is read by a new child"


def test_abandoning_when_no_page_is_read_is_nothing(reader):
    reader.abandon()
    assert reader.recognize(BLANK).lines == ()


def test_an_idle_child_ends_and_comes_back_with_the_next_page():
    reader = IsolatedRecognizer(seconds=30, idle_seconds=0.2)
    reader.recognize(BLANK)
    deadline = time.monotonic() + 20
    while reader.loaded and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not reader.loaded
    assert reader.recognize(BLANK).lines == ()
    reader.close()


def test_the_child_knows_nothing_of_our_environment(reader, monkeypatch):
    monkeypatch.setenv("INFERENCE_TOKEN", "secret")
    reader.recognize(BLANK)
    assert b"secret" not in Path(f"/proc/{child(reader).pid}/environ").read_bytes()
