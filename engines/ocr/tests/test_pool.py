"""Several children as one recognizer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engines.ocr import PictureUnreadable
from engines.ocr.fake import FakeRecognizer
from engines.ocr.isolated import IsolatedRecognizer
from engines.ocr.pool import RecognizerPool
from engines.ocr.tests.pages import encoded

BLANK = encoded(np.full((300, 200), 255, np.uint8))


class Member(FakeRecognizer):
    """Says how often it read; all members of a `meeting` must read at the same time."""

    def __init__(self, meeting: threading.Barrier | None = None) -> None:
        super().__init__(self._meet)
        self._meeting = meeting
        self.read = 0

    @property
    def loaded(self) -> bool:
        return self.read > 0

    def abandon(self) -> None:
        self.close()

    def close(self) -> None:
        self.read = 0

    def _meet(self, _: bytes) -> str:
        self.read += 1
        if self._meeting is not None:
            self._meeting.wait(5)
        return "encre"


def test_as_many_pages_at_once_as_members():
    meeting = threading.Barrier(3)
    pool = RecognizerPool([Member(meeting) for _ in range(3)])
    with ThreadPoolExecutor(3) as callers:
        assert [read.text for read in callers.map(pool.recognize, [BLANK] * 3)] == ["encre"] * 3


def test_one_page_at_a_time_wakes_one_engine_only():
    members = [Member(), Member()]
    pool = RecognizerPool(members)
    assert not pool.loaded
    for _ in range(3):
        pool.recognize(BLANK)
    assert [member.read for member in members] == [3, 0]
    assert pool.loaded


def test_a_page_that_fails_leaves_its_engine_to_the_next():
    pool = RecognizerPool([Member()])
    with pytest.raises(PictureUnreadable):
        pool.recognize(b"no picture")
    assert pool.recognize(BLANK).text == "encre"


def test_closing_ends_every_child():
    members = [IsolatedRecognizer(threads=1), IsolatedRecognizer(threads=1)]
    pool = RecognizerPool(members)
    with ThreadPoolExecutor(2) as callers:
        list(callers.map(pool.recognize, [BLANK] * 4))
    assert pool.loaded
    pool.close()
    assert not any(member.loaded for member in members)
