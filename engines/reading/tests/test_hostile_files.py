"""Bombs, lies and broken files of every format: each ends as a typed error or a reading, and no child is left."""

import io
import random
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engines.reading import Limits, Reading, sandbox
from engines.reading.errors import (
    FileCorrupt,
    PasswordProtected,
    ReadingError,
    ReadLimit,
    ReadTimeout,
    TooMuchText,
    TypeMismatch,
)
from engines.reading.tests import office_files as files
from engines.reading.tests import processes

TIGHT = Limits(memory_bytes=900_000_000, cpu_seconds=5, wall_seconds=10.0)
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
PAGE = "<h1>Titre</h1><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>" + "<p>mot</p>" * 40


@pytest.fixture(autouse=True)
def _no_child_outlives_its_call() -> Iterator[None]:
    before = processes.children()
    yield
    assert processes.children() <= before


def sound(kind: str, folder: Path) -> bytes:
    """A good file of a kind."""

    def fill(book: Any) -> None:
        for number in range(40):
            book.active.append([f"colis {number}", number, "quai"])

    path = folder / f"sound.{kind}"
    match kind:
        case "docx":
            files.word(path, files.letter)
        case "xlsx":
            files.workbook(path, fill)
        case "pptx":
            files.slides(path, files.two_slides)
        case "html":
            path.write_text(PAGE)
        case "csv":
            path.write_text("".join(f"colis {n};{n};quai\n" for n in range(100)))
        case _:
            path.write_bytes(files.message(("plan.png", files.picture()), ("suite.html", PAGE.encode())))
    return path.read_bytes()


def read(folder: Path, kind: str, content: bytes) -> Reading:
    path = folder / f"hostile.{kind}"
    path.write_bytes(content)
    return sandbox.read(path, path.name, limits=TIGHT)


def office(main: str, **members: bytes) -> bytes:
    return files.zipped({main: b"<x/>", **members})


# Bombs


@pytest.mark.parametrize("kind", MAIN)
def test_an_office_file_that_unpacks_a_hundred_times_its_size_is_refused_before_it_is_unpacked(
    tmp_path: Path, kind: str
) -> None:
    bomb = office(MAIN[kind], bomb=b"\0" * 200_000_000)
    start = time.monotonic()
    with pytest.raises(ReadLimit):
        read(tmp_path, kind, bomb)
    assert time.monotonic() - start < 20, "far beyond starting a child, even on a busy machine"


@pytest.mark.parametrize("kind", MAIN)
def test_an_office_file_of_too_many_members_is_refused(tmp_path: Path, kind: str) -> None:
    members = {f"m{number}": b"x" for number in range(1_000)}
    with pytest.raises(ReadLimit):
        read(tmp_path, kind, office(MAIN[kind], **members))


@pytest.mark.parametrize("kind", MAIN)
def test_an_office_file_that_declares_less_than_it_holds_is_refused(tmp_path: Path, kind: str) -> None:
    whole = bytearray(sound(kind, tmp_path))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        real = archive.getinfo(MAIN[kind]).file_size
    said = struct.pack("<I", real)
    assert whole.count(said) >= 2
    with pytest.raises((FileCorrupt, ReadLimit)):
        read(tmp_path, kind, bytes(whole).replace(said, struct.pack("<I", 10)))


@pytest.mark.parametrize("kind", MAIN)
def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path, kind: str) -> None:
    content = sound(kind, tmp_path)
    (tmp_path / "a").write_bytes(content)
    inner = files.zipped({"deep": b"\0" * 900_000})
    nested = files.with_part(tmp_path / "a", "embeddings/inner.zip", inner)
    assert read(tmp_path, kind, nested.read_bytes()).pages == read(tmp_path, kind, content).pages


LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>%b]>" % b"".join(
    b"<!ENTITY a%d '%b'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)
OUTSIDE = b"<!DOCTYPE x [<!ENTITY a11 SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize(
    "declared", [LAUGHS, OUTSIDE, LAUGHS.decode().encode("utf-16")], ids=["laughs", "file", "wide"]
)
@pytest.mark.parametrize(("kind", "part"), [*MAIN.items(), ("xlsx", "xl/worksheets/sheet1.xml")])
def test_an_office_file_that_declares_entities_is_refused(
    tmp_path: Path, kind: str, part: str, declared: bytes
) -> None:
    path = tmp_path / "a"
    path.write_bytes(sound(kind, tmp_path))
    with pytest.raises(FileCorrupt):
        read(tmp_path, kind, files.with_part(path, part, declared + b"<x>&a11;</x>").read_bytes())


def test_a_page_that_laughs_stays_small(tmp_path: Path) -> None:
    with suppress(FileCorrupt):
        assert len(read(tmp_path, "html", LAUGHS + b"<p>&a11;</p>").pages[0].text) < 10_000


DEEP: dict[str, Callable[[], bytes]] = {
    "html": lambda: b"<div>" * 300_000 + b"fond",
    "eml": lambda: b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(20_000)
    ),
    "csv": lambda: b'"' * 1_000_000,
}


@pytest.mark.parametrize("kind", DEEP)
def test_nesting_without_end_is_cut_or_refused(tmp_path: Path, kind: str) -> None:
    with suppress(FileCorrupt, ReadTimeout, ReadLimit):
        assert read(tmp_path, kind, DEEP[kind]()).pages


@pytest.mark.parametrize("levels", [200, 100_000])
def test_a_word_document_nested_without_end_is_cut_or_refused(tmp_path: Path, levels: int) -> None:
    path = files.word(tmp_path / "a.docx", files.letter)
    whole = files.part_of(path, "word/document.xml")
    deep = b"<w:tbl><w:tr><w:tc>" * levels + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * levels
    files.with_part(path, "word/document.xml", whole.replace(b"<w:body>", b"<w:body>" + deep))
    with suppress(FileCorrupt, ReadLimit, ReadTimeout):
        assert read(tmp_path, "docx", path.read_bytes()).pages


def test_more_text_than_allowed_ends_in_its_limit(tmp_path: Path) -> None:
    for kind, content in (("csv", b"a;b\n" * 30_000_000), ("html", b"<p>mot</p>" * 9_000_000)):
        with pytest.raises((TooMuchText, ReadLimit, ReadTimeout)):
            read(tmp_path, kind, content)


# Lies


@pytest.mark.parametrize("kind", MAIN)
def test_a_zip_that_is_no_office_file_or_another_one_is_named_as_a_lie(tmp_path: Path, kind: str) -> None:
    for content in (files.zipped({"readme.txt": b"x"}), office("META-INF/MANIFEST.MF")):
        with pytest.raises(TypeMismatch):
            read(tmp_path, kind, content)
    others = [main for other, main in MAIN.items() if other != kind]
    for main in others:
        with pytest.raises(TypeMismatch):
            read(tmp_path, kind, office(main))


@pytest.mark.parametrize("kind", MAIN)
def test_an_encrypted_office_file_asks_for_its_password_and_an_old_one_is_named(tmp_path: Path, kind: str) -> None:
    with pytest.raises(PasswordProtected):
        read(tmp_path, kind, OLE_HEAD + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500)
    with pytest.raises(TypeMismatch):
        read(tmp_path, kind, OLE_HEAD + b"\0" * 2_000)
    content = bytearray(sound(kind, tmp_path))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.start_dir
    content[start + 8] |= 1  # the flag of the first member in the directory
    with pytest.raises(PasswordProtected):
        read(tmp_path, kind, bytes(content))


# Broken


@pytest.mark.parametrize("kind", [*MAIN, "html", "csv", "eml"])
def test_a_file_cut_short_is_read_or_refused(tmp_path: Path, kind: str) -> None:
    whole = sound(kind, tmp_path)
    for part in (0.05, 0.3, 0.6, 0.95):
        content = whole[: int(len(whole) * part)]
        if kind in MAIN:
            with pytest.raises(FileCorrupt):
                read(tmp_path, kind, content)
        else:
            with suppress(ReadingError):
                assert read(tmp_path, kind, content).pages


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", [*MAIN, "html", "csv", "eml"])
def test_random_bytes_end_as_a_typed_error_or_a_reading(tmp_path: Path, kind: str, seed: int) -> None:
    chance, content = random.Random(seed), bytearray(sound(kind, tmp_path))
    for _ in range(max(3, len(content) // 200)):
        content[chance.randrange(8, len(content))] = chance.randrange(256)
    with suppress(FileCorrupt, PasswordProtected, ReadLimit, ReadTimeout, TypeMismatch):
        assert read(tmp_path, kind, bytes(content)).pages


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", MAIN)
def test_random_xml_inside_a_sound_zip_ends_the_same_way(tmp_path: Path, kind: str, seed: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(sound(kind, tmp_path))
    chance = random.Random(seed)
    with zipfile.ZipFile(path) as archive:
        name = chance.choice([member for member in archive.namelist() if member.endswith((".xml", ".rels"))])
    part = bytearray(files.part_of(path, name))
    for _ in range(max(2, len(part) // 300)):
        part[chance.randrange(len(part))] = chance.choice(b"<>/=\"' abc019\xff")
    with suppress(FileCorrupt, ReadLimit, TypeMismatch):
        assert read(tmp_path, kind, files.with_part(path, name, bytes(part)).read_bytes()).pages
