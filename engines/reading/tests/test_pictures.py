"""Picture files: refused when they cannot be seen, otherwise pages for OCR, upright."""

import io
import random
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from engines.reading import Drawing, Limits, sandbox
from engines.reading.errors import FileCorrupt, FileUnreadable, PageMissing, PageTooLarge, ReadLimit, TooManyPages
from engines.reading.pictures import PictureReader
from engines.reading.render import png
from engines.reading.tests.pdfs import drawn as pdf_of
from engines.reading.tests.pdfs import one_page, text_at

FORMATS = {"a.png": "PNG", "a.jpg": "JPEG", "a.tiff": "TIFF", "a.webp": "WEBP"}
ORIENTATION = 0x0112


def scene(size: tuple[int, int] = (300, 200), mode: str = "RGB") -> Image.Image:
    """White, with a dark square in the top left corner."""
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="black")
    return picture.convert(mode)


def saved(path: Path, picture: Image.Image | None = None, **how: object) -> Path:
    (picture or scene()).save(path, FORMATS.get(f"a{path.suffix}"), **how)
    return path


def seen(path: Path, drawing: Drawing, limits: Limits | None = None) -> Image.Image:
    return Image.open(io.BytesIO(png(path, drawing, limits or Limits())))


def level(picture: Image.Image, place: tuple[int, int]) -> int:
    """How bright the picture is at this place, 0 to 255."""
    found = picture.convert("L").getpixel(place)
    assert isinstance(found, int)
    return found


def png_that_says(width: int, height: int, content: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(content)) + chunk(b"IEND", b"")


# Refused


@pytest.mark.parametrize("size", [(60_000, 60_000), (7_100, 7_100), (2_000_000, 26), (1, 50_000_001)])
def test_more_pixels_than_allowed_are_refused_before_they_are_unpacked(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_says(*size))
    for attempt in (
        lambda: sandbox.read(path, "bomb.png"),
        lambda: sandbox.render(path, page=1, width=800),
        lambda: sandbox.render_at(path, page=1, dpi=150),
    ):
        with pytest.raises(PageTooLarge) as caught:
            attempt()
        assert caught.value.permanent


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / name, Image.effect_noise((300, 200), 80).convert("RGB"))
    whole = path.read_bytes()
    for part in (0.02, 0.3, 0.7):
        path.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(FileCorrupt):
            sandbox.read(path, name)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", FORMATS)
def test_random_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path, name: str, seed: int) -> None:
    path = saved(tmp_path / name)
    chance, content = random.Random(seed), bytearray(path.read_bytes())
    for _ in range(max(3, len(content) // 100)):
        content[chance.randrange(16, len(content))] = chance.randrange(256)
    path.write_bytes(content)
    with suppress(FileCorrupt, PageTooLarge, ReadLimit, TooManyPages):
        assert all(page.needs_ocr for page in sandbox.read(path, name, limits=Limits(wall_seconds=20.0)).pages)


def test_a_tiff_with_too_many_pages_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", save_all=True, append_images=[scene((9, 9))] * 5)
    with pytest.raises(TooManyPages):
        PictureReader().read(path, Limits(max_pages=5))


def test_a_frame_that_is_too_large_is_refused_even_when_the_first_is_not(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", scene((9, 9)), save_all=True, append_images=[scene((400, 400))])
    with pytest.raises(PageTooLarge):
        PictureReader().read(path, Limits(max_pixels=10_000))


def test_another_kind_of_picture_under_a_known_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    scene().save(path, "GIF")
    with pytest.raises(FileCorrupt):
        PictureReader().read(path, Limits())


def test_a_picture_that_is_not_there_is_worth_another_try(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        PictureReader().read(tmp_path / "none.png", Limits())


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_frame_that_is_not_there_is_said_so(tmp_path: Path, page: int) -> None:
    with pytest.raises(PageMissing):
        png(saved(tmp_path / "a.png"), Drawing(page, width=50), Limits())


@pytest.mark.parametrize("dpi", [0, 35, 601, -100, 10**9])
def test_a_density_out_of_bounds_is_refused(tmp_path: Path, dpi: int) -> None:
    with pytest.raises(PageTooLarge):
        png(saved(tmp_path / "a.png"), Drawing(1, dpi=dpi), Limits())


# Read


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_is_a_page_that_needs_ocr_as_wide_as_a_sheet_on_its_short_side(tmp_path: Path, name: str) -> None:
    reading = sandbox.read(saved(tmp_path / name), name)
    (page,) = reading.pages
    assert (page.text, page.spans, page.needs_ocr) == ("", (), True)
    assert (page.width, page.height) == (892.5, 595.0)
    assert reading.warnings == ("needs_ocr:1",)
    assert reading.mime == f"image/{FORMATS[name].lower()}"


@pytest.mark.parametrize("name", ["a.tiff", "a.webp"])
def test_each_frame_is_a_page(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / name, save_all=True, append_images=[scene().rotate(180), scene().rotate(90)])
    assert [page.number for page in sandbox.read(path, name).pages] == [1, 2, 3]
    first, second = (seen(path, Drawing(number, dpi=300)).convert("L") for number in (1, 2))
    assert max(level(first, (10, 10)), level(second, (290, 190))) < 40
    assert min(level(first, (290, 190)), level(second, (10, 10))) > 200


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_a_photograph_stands_as_its_camera_says(tmp_path: Path, orientation: int, corner: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = saved(tmp_path / "a.jpg", exif=exif, quality=95)
    (page,) = PictureReader().read(path, Limits()).pages
    upright = seen(path, Drawing(1, dpi=300, grey=True))
    assert (page.width > page.height) is (orientation in (1, 3))
    assert page.width / page.height == pytest.approx(upright.width / upright.height, abs=0.01)
    place = (10 + corner[0] * (upright.width - 20), 10 + corner[1] * (upright.height - 20))
    assert level(upright, place) < 60


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_any_kind_of_colours_becomes_grey_or_rgb(tmp_path: Path, mode: str) -> None:
    if mode == "I;16":
        picture = scene(mode="L").convert("I").point(lambda value: value * 257).convert("I;16")
    else:
        picture = scene(mode=mode)
    path = saved(tmp_path / ("a.png" if mode in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"} else "a.jpg"), picture)
    for grey, expected in ((True, "L"), (False, "RGB")):
        picture = seen(path, Drawing(1, dpi=300, grey=grey))
        assert picture.mode == expected
        assert level(picture, (10, 10)) < 40
        assert level(picture, (290, 190)) > 215


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("RGBA", (20, 20), (0, 0, 0, 0)))
    assert seen(path, Drawing(1, dpi=300, grey=True)).getextrema() == (255, 255)


def test_a_picture_is_reduced_to_the_density_asked_for_and_never_enlarged(tmp_path: Path) -> None:
    large, small = saved(tmp_path / "l.png", scene((4_960, 7_015))), saved(tmp_path / "s.png", scene((400, 200)))
    assert seen(large, Drawing(1, dpi=300)).size == (2_479, 3_506)
    assert seen(small, Drawing(1, dpi=300)).size == (400, 200)
    assert seen(small, Drawing(1, width=1_000)).size == (1_000, 500)


def test_a_page_of_a_pdf_is_drawn_at_the_density_asked_for_in_grey_or_in_colour(tmp_path: Path) -> None:
    path = pdf_of(tmp_path / "a.pdf", text_at((72, 700, "Bonjour")))
    for grey, mode in ((True, "L"), (False, "RGB")):
        picture = Image.open(io.BytesIO(sandbox.render_at(path, page=1, dpi=200, grey=grey)))
        assert picture.mode == mode
        assert picture.size == pytest.approx((595.28 * 200 / 72, 841.89 * 200 / 72), abs=1)


def test_an_enormous_sheet_is_drawn_as_large_as_the_limit_of_pixels_lets_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    path.write_bytes(one_page(media_box="0 0 14400 14400"))
    picture = seen(path, Drawing(1, dpi=300, grey=True), Limits(max_pixels=1_000_000))
    assert 950_000 < picture.width * picture.height <= 1_000_000
    path.write_bytes(one_page(media_box="0 0 0.01 1000000"))
    with pytest.raises(PageTooLarge):
        png(path, Drawing(1, dpi=300), Limits())


def test_the_child_draws_a_photograph_of_fifty_million_pixels_within_its_limits(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", Image.new("RGB", (8_000, 6_200), "white"))
    picture = Image.open(io.BytesIO(sandbox.render_at(path, page=1, dpi=300, grey=False)))
    assert picture.size == (3_199, 2_479)
