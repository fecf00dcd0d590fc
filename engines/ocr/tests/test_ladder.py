from __future__ import annotations

import numpy as np
import pytest

from engines.errors import EngineUnavailable
from engines.ocr import PageFailed, PictureUnreadable
from engines.ocr.fake import FakeRecognizer
from engines.ocr.ladder import LadderRecognizer, choose
from engines.ocr.tests.pages import encoded

PAGE = encoded(np.full((60, 60), 255, np.uint8))


class Failing(FakeRecognizer):
    def __init__(self, error):
        super().__init__()
        self._error = error

    def recognize(self, picture):
        raise self._error


def saying(text, confidence):
    return FakeRecognizer(lambda _: text, confidence=confidence)


def test_what_no_engine_can_open_is_not_tried_twice():
    with pytest.raises(PictureUnreadable):
        LadderRecognizer(FakeRecognizer(), Failing(AssertionError())).recognize(b"no picture")


def test_an_engine_that_is_away_is_not_hidden_by_the_other():
    with pytest.raises(EngineUnavailable):
        LadderRecognizer(Failing(EngineUnavailable()), FakeRecognizer()).recognize(PAGE)


def test_a_page_the_first_dies_of_goes_to_the_second():
    ladder = LadderRecognizer(Failing(PageFailed()), saying("lu par le second", 0.9))
    assert ladder.recognize(PAGE).text == "lu par le second"


def test_a_sure_first_reading_costs_no_second():
    ladder = LadderRecognizer(saying("sûr", 0.95), Failing(AssertionError()))
    assert ladder.recognize(PAGE).text == "sûr"


@pytest.mark.parametrize(
    ("second", "confidence", "kept"),
    [("la même page mieux lue", 0.98, "la même page mieux lue"), ("peu", 0.99, "la mème pqge")],
)
def test_of_two_readings_the_one_with_more_sure_letters_is_kept(second, confidence, kept):
    ladder = LadderRecognizer(saying("la mème pqge", 0.6), saying(second, confidence))
    assert ladder.recognize(PAGE).text == kept


def test_this_machine_reads_with_what_it_has():
    assert choose().engine.id in {"tesseract", "rapidocr"}
