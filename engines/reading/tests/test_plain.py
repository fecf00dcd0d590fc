"""Text and Markdown: encodings, form feeds, limits."""

import codecs
from pathlib import Path

import pytest

from engines.reading import Limits, Reading
from engines.reading.errors import FileCorrupt, FileUnreadable, TooManyPages, TooMuchText
from engines.reading.plain import PAGE_CHARACTERS, MarkdownReader, TextReader

FRENCH = "Été à l'œuvre : 1 234 €\r\nligne deux\n"


def read(path: Path, content: bytes, limits: Limits | None = None) -> Reading:
    path.write_bytes(content)
    return TextReader().read(path, limits or Limits())


def test_binary_content_after_an_innocent_beginning_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileCorrupt):
        read(tmp_path / "a", b"Bonjour\n" * 2000 + b"\x00\x01\x02")


def test_a_file_that_is_not_there_is_worth_another_try(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable) as caught:
        TextReader().read(tmp_path / "none", Limits())
    assert not caught.value.permanent


def test_too_much_text_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    with pytest.raises(TooMuchText):
        read(tmp_path / "a", b"x" * 1000, Limits(max_characters=100))
    with pytest.raises(TooMuchText):
        read(tmp_path / "a", b"x" * 300, Limits(max_characters=100))


def test_too_many_form_feeds_are_too_many_pages(tmp_path: Path) -> None:
    with pytest.raises(TooManyPages):
        read(tmp_path / "a", b"a\f" * 11, Limits(max_pages=10))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_of_french_gives_the_same_text(tmp_path: Path, encoding: str) -> None:
    reading = read(tmp_path / "a", FRENCH.encode(encoding))
    assert reading.pages[0].text == "Été à l'œuvre : 1 234 €\nligne deux\n"
    assert reading.warnings == (("encoding_guessed:1",) if encoding == "cp1252" else ())


def test_utf16_of_both_byte_orders_is_read_by_its_mark(tmp_path: Path) -> None:
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        assert read(tmp_path / "a", mark + "été".encode(codec)).pages[0].text == "été"


def test_hidden_characters_are_removed_and_reported_with_their_page(tmp_path: Path) -> None:
    reading = read(tmp_path / "a", "a\u200bb\fc\u202ed\u2066e".encode())
    assert [page.text for page in reading.pages] == ["ab", "cde"]
    assert reading.warnings == ("hidden_characters:1:1", "hidden_characters:2:2")


def test_a_form_feed_begins_a_page(tmp_path: Path) -> None:
    reading = read(tmp_path / "a", b"one\ftwo")
    assert [(page.number, page.text) for page in reading.pages] == [(1, "one"), (2, "two")]
    assert reading.pages[0].spans == ()
    assert (reading.pages[0].width, reading.pages[0].height) == (0, 0)


def test_a_very_long_text_is_cut_at_ends_of_lines_and_nothing_is_lost(tmp_path: Path) -> None:
    text = "".join(f"ligne {number}\n" for number in range(80_000))
    reading = read(tmp_path / "a", text.encode())
    assert len(reading.pages) > 1
    assert all(len(page.text) <= PAGE_CHARACTERS and page.text.endswith("\n") for page in reading.pages)
    assert "".join(page.text for page in reading.pages) == text


def test_one_endless_line_is_cut_all_the_same(tmp_path: Path) -> None:
    reading = read(tmp_path / "a", b"x" * (PAGE_CHARACTERS * 2 + 1))
    assert [len(page.text) for page in reading.pages] == [PAGE_CHARACTERS, PAGE_CHARACTERS, 1]


def test_spaces_alone_are_a_reading_without_text(tmp_path: Path) -> None:
    assert read(tmp_path / "a", b" \n\t\n").pages[0].text.strip() == ""


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("# Guide d'accueil #\n\ntexte", "Guide d'accueil"),
        ("texte\n\n# Plus loin\n", "Plus loin"),
        ("## Sous-titre\n#sans espace\n", ""),
    ],
)
def test_a_markdown_title_is_its_first_top_heading(tmp_path: Path, content: str, title: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(content)
    reading = MarkdownReader().read(path, Limits())
    assert reading.title == title
    assert reading.mime == "text/markdown"
    assert reading.pages[0].text == content
