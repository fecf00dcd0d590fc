"""Pages as pictures."""

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from engines.reading import Drawing, Limits
from engines.reading.errors import FileCorrupt, PageMissing, PageTooLarge, PasswordProtected
from engines.reading.render import png
from engines.reading.tests.pdfs import drawn, one_page, pages_loop, text_at

HELLO = text_at((72, 700, "Bonjour"))


@pytest.fixture
def two_pages(tmp_path: Path) -> Path:
    return drawn(tmp_path / "a.pdf", HELLO, text_at((72, 100, "Au revoir")))


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("page", [-1, 0, 3, 10**9])
def test_a_page_that_is_not_there_is_said_so(two_pages: Path, page: int) -> None:
    with pytest.raises(PageMissing):
        png(two_pages, Drawing(page, width=100), Limits())


@pytest.mark.parametrize("width", [-5, 0, 2_001, 10**9])
def test_a_width_out_of_bounds_is_refused(two_pages: Path, width: int) -> None:
    with pytest.raises(PageTooLarge):
        png(two_pages, Drawing(1, width=width), Limits())


@pytest.mark.parametrize("media_box", ["0 0 1 14400", "0 0 3 1000000", "0 0 0.001 14400"])
def test_a_page_that_would_have_too_many_pixels_is_refused_before_it_is_drawn(tmp_path: Path, media_box: str) -> None:
    path = tmp_path / "tall.pdf"
    path.write_bytes(one_page(media_box=media_box))
    with pytest.raises(PageTooLarge):
        png(path, Drawing(1, width=2_000), Limits())


def test_a_page_that_cannot_be_loaded_or_opened_is_refused(tmp_path: Path, two_pages: Path) -> None:
    path = tmp_path / "loop.pdf"
    path.write_bytes(pages_loop())
    with pytest.raises(FileCorrupt):
        png(path, Drawing(1, width=100), Limits())
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(two_pages) as document:
        document.save(locked, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    with pytest.raises(PasswordProtected):
        png(locked, Drawing(1, width=100), Limits())


@pytest.mark.parametrize("width", [1, 2, 333, 1000, 2000])
def test_the_picture_is_exactly_as_wide_as_asked_and_as_high_as_the_page_makes_it(two_pages: Path, width: int) -> None:
    drawn_picture = picture(png(two_pages, Drawing(1, width=width), Limits()))
    assert drawn_picture.width == width
    assert drawn_picture.height == pytest.approx(width * 841.89 / 595.28, abs=1)
    assert drawn_picture.format == "PNG"


def test_the_page_asked_for_is_the_page_drawn(two_pages: Path) -> None:
    first, second = (picture(png(two_pages, Drawing(page, width=300), Limits())).convert("L") for page in (1, 2))
    half = (0, 0, 300, 200)
    assert min(first.crop(half).tobytes()) < 128
    assert min(second.crop(half).tobytes()) == 255


def test_an_enormous_sheet_is_drawn_at_the_size_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    path.write_bytes(one_page(media_box="0 0 1000000000 1000000000"))
    assert picture(png(path, Drawing(1, width=400), Limits())).size == (400, 400)
