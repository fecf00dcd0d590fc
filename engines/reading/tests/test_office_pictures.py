"""Pictures inside office files: found where they stand, drawn by name, bounded; what is none stays unread."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl.drawing.image import Image as SheetPicture
from PIL import Image
from pptx.util import Inches

from engines.reading import Page, Reading, placing, sandbox
from engines.reading.errors import FileCorrupt, PageMissing, ReadingError
from engines.reading.hygiene import shows_everything
from engines.reading.placing import MARK, placed
from engines.reading.tests import office_files as files

LARGE = (300, 200)


def stream(size: tuple[int, int] = LARGE, colour: int = 0) -> io.BytesIO:
    content = io.BytesIO()
    Image.new("L", size, colour).save(content, "PNG")
    return io.BytesIO(content.getvalue())


def read(path: Path) -> Reading:
    return sandbox.read(path, path.name)


def marked(page: Page) -> str:
    """The text with the pictures written into it."""
    text = page.text
    for picture in reversed(page.pictures):
        text = f"{text[: picture.at]}<{Path(picture.name).name}>{text[picture.at :]}"
    return text


# What must not happen


@pytest.mark.parametrize("name", ["word/media/none.png", "../../etc/passwd", "word/document.xml"])
def test_a_name_that_is_no_picture_of_the_file_draws_nothing(tmp_path: Path, name: str) -> None:
    path = files.word(tmp_path / "a.docx", files.letter)
    with pytest.raises((PageMissing, FileCorrupt)):
        sandbox.render_picture(path, name=name, dpi=200)


def test_a_picture_of_too_many_pixels_or_of_broken_bytes_is_left_unread(tmp_path: Path) -> None:
    path = files.word(tmp_path / "a.docx", lambda document: document.add_picture(stream()))
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    for content in (bomb.getvalue(), b"\x89PNG\r\n\x1a\nnothing more", b"GIF89a", b""):
        files.with_part(path, "word/media/image1.png", content)
        assert read(path).pages[0].pictures == ()
        assert read(path).warnings == ("pictures_unread:1:1",)
        with pytest.raises(ReadingError):
            sandbox.render_picture(path, name="word/media/image1.png", dpi=200)


def test_a_document_of_many_pictures_gives_the_first_and_counts_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(document: Any) -> None:
        for shade in range(placing.MOST_PICTURES + 3):
            document.add_picture(stream((200, 100), shade))

    reading = read(files.word(tmp_path / "a.docx", fill))
    assert len(reading.pages[0].pictures) == placing.MOST_PICTURES
    assert reading.warnings == ("pictures_unread:1:3",)


def test_a_text_that_holds_the_mark_itself_shows_nothing_of_it_and_loses_no_picture() -> None:
    text, pictures = placed(f"a{MARK}b\nc{MARK}", ["one.png"])
    assert (text, [picture.at for picture in pictures]) == ("ab\nc", [4])
    assert shows_everything(text)


def test_the_pictures_of_an_attachment_stay_unread(tmp_path: Path) -> None:
    inside = files.word(tmp_path / "a.docx", lambda document: document.add_picture(stream())).read_bytes()
    path = tmp_path / "a.eml"
    path.write_bytes(files.message(("a.docx", inside)))
    reading = read(path)
    assert [page.pictures for page in reading.pages] == [(), ()]
    assert reading.warnings == ("pictures_unread:2:1",)


# What it is for


def letter(document: Any) -> None:
    document.add_paragraph("Avant.")
    document.add_picture(stream())
    document.add_paragraph("Voici ").add_run().add_picture(stream(colour=90))
    document.add_paragraph("Le logo vient encore :").add_run().add_picture(stream())
    row = document.add_table(rows=1, cols=2).rows[0]
    row.cells[0].text = "Plan"
    row.cells[1].paragraphs[0].add_run().add_picture(stream(colour=180))
    document.add_paragraph("Après.")


def deck(show: Any) -> None:
    files.two_slides(show)
    group = show.slides[0].shapes.add_group_shape()
    group.shapes.add_picture(stream(), Inches(1), Inches(1))
    show.slides[1].shapes.add_picture(stream(colour=90), Inches(1), Inches(1))


def book(workbook: Any) -> None:
    workbook.active.append(["Casier", "Clé"])
    second = workbook.create_sheet("Plan")
    second.append(["Quai des brumes"])
    second.add_image(SheetPicture(stream()), "B4")


FILES: dict[str, tuple[Callable[..., Path], Callable[[Any], None], list[str]]] = {
    "a.docx": (
        files.word,
        letter,
        ["Avant.<image1.png>\n\nVoici <image2.png>\n\nLe logo vient encore :\n\nPlan: <image3.png>\n\nAprès."],
    ),
    "a.xlsx": (files.workbook, book, ["# Sheet\n\nCasier: Clé", "# Plan\n\nQuai des brumes<image1.png>"]),
}


@pytest.mark.parametrize("name", FILES)
def test_pictures_are_found_where_they_stand_each_once(tmp_path: Path, name: str) -> None:
    make, fill, texts = FILES[name]
    reading = read(make(tmp_path / name, fill))
    assert [marked(page) for page in reading.pages] == texts
    assert reading.warnings == ()


def test_the_pictures_of_a_slide_are_its_own(tmp_path: Path) -> None:
    reading = read(files.slides(tmp_path / "a.pptx", deck))
    assert [len(page.pictures) for page in reading.pages] == [1, 1]
    assert reading.pages[0].pictures[0].name != reading.pages[1].pictures[0].name
    assert reading.warnings == ("pictures_unread:2:1",)  # the small one


@pytest.mark.parametrize("name", FILES)
def test_a_picture_is_drawn_by_its_name(tmp_path: Path, name: str) -> None:
    make, fill, _ = FILES[name]
    path = make(tmp_path / name, fill)
    for page in read(path).pages:
        for picture in page.pictures:
            with Image.open(io.BytesIO(sandbox.render_picture(path, name=picture.name, dpi=200))) as seen:
                assert (seen.size, seen.mode) == (LARGE, "L")
