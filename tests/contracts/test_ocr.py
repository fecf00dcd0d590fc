"""What every recognizer keeps, whichever engine reads: refusals, words, order, boxes on the picture as it was given."""

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks._edits import character_error_rate
from engines.errors import EngineRejected
from engines.ocr import PictureTooLarge, PictureUnreadable, Recognition, Recognizer
from engines.ocr.tests import pages
from engines.ocr.tests.pages import Sheet, draw, encoded

from .ocr_adapters import ADAPTERS, Adapter

SHORT = Sheet(
    "short",
    "fr",
    (
        "La clé du garage est restée à l'accueil.",
        ("Référence", "Quantité", "Montant"),
        ("Linge de lit", "14", "222,00 €"),
        "Remise prévue le 9 juin à Nîmes.",
    ),
    points=14,
)


@pytest.fixture(scope="module", params=ADAPTERS, ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    chosen: Adapter = request.param
    return chosen


@pytest.fixture(scope="module")
def recognizer(adapter: Adapter) -> Iterator[Recognizer]:
    with adapter.open() as opened:
        yield opened


@pytest.fixture
def reading(adapter: Adapter, recognizer: Recognizer) -> Recognizer:
    if not adapter.reads:
        pytest.skip(f"{adapter.name} does not read what stands on a page")
    return recognizer


def damaged() -> bytes:
    whole = encoded(draw(SHORT))
    return whole[: len(whole) // 3]


@pytest.mark.parametrize("bad", [b"", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused_for_good(recognizer, bad):
    with pytest.raises(PictureUnreadable) as refused:
        recognizer.recognize(bad)
    assert isinstance(refused.value, EngineRejected)
    assert refused.value.permanent


def test_a_damaged_picture_is_refused(recognizer):
    with pytest.raises(PictureUnreadable):
        recognizer.recognize(damaged())


def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(recognizer):
    bomb = encoded(np.zeros((8_000, 8_000), np.uint8))
    assert len(bomb) < 100_000
    with pytest.raises(PictureTooLarge):
        recognizer.recognize(bomb)


def test_an_empty_page_has_no_lines(reading):
    read = reading.recognize(encoded(np.full((1200, 900), 255, np.uint8)))
    assert (read.lines, read.text, read.confidence) == ((), "", 0.0)


def assert_whole(read: Recognition, width: int, height: int) -> None:
    assert (read.width, read.height) == (width, height)
    assert read.engine.id
    assert read.engine.version
    assert 0.0 <= read.confidence <= 1.0
    for line in read.lines:
        assert line.text.replace("  ", " ") == " ".join(word.text for word in line.words)
        for word in line.words:
            assert word.text == "".join(word.text.split()) != ""
            assert -10 <= word.box.x0 < word.box.x1 <= width + 10
            assert -10 <= word.box.y0 < word.box.y1 <= height + 10


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_every_format_gives_words_inside_the_picture(recognizer, form):
    page = draw(SHORT)[:900]
    assert_whole(recognizer.recognize(encoded(page, form)), page.shape[1], page.shape[0])


def test_accents_rows_of_tables_and_their_order_are_kept(reading):
    read = reading.recognize(encoded(draw(SHORT)))
    assert character_error_rate(SHORT.truth, read.text) <= 0.01
    row = next(line for line in read.lines if "222,00" in line.text)
    assert row.text == "Linge de lit  14  222,00 €"
    assert [word.cell for word in row.words] == [0, 0, 0, 1, 2, 2]


SPOILT = [
    pages.rotated_2, pages.quarter_left, pages.quarter_right, pages.upside_down, pages.low_resolution,
    pages.photographed,
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_spoilt_page_is_read_and_its_boxes_lie_on_the_ink_of_the_picture_as_it_was_given(reading, spoil):
    page = spoil(draw(SHORT))
    read = reading.recognize(encoded(page))
    assert character_error_rate(SHORT.truth, read.text) <= 0.03
    assert_whole(read, page.shape[1], page.shape[0])
    words = [word for line in read.lines for word in line.words if len(word.text) > 3]
    assert len(words) > 10
    for word in words:
        box = word.box
        inside = page[max(0, int(box.y0)) : int(box.y1) + 1, max(0, int(box.x0)) : int(box.x1) + 1]
        assert int(inside.max()) - int(inside.min()) > 60, f"no ink under {word.text}"
        assert (inside < (int(inside.max()) + int(inside.min())) / 2).mean() > 0.03, f"hardly any ink under {word.text}"
