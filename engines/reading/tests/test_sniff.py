"""Bytes and name must agree, and only what has a reader gets in."""

import codecs

import pytest

from engines.reading.errors import BY_CODE, EmptyFile, TypeMismatch, TypeUnsupported
from engines.reading.sniff import KINDS, OLE, decode_text, sniff

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
ZIP = b"PK\x03\x04\x14\x00\x06\x00"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def test_an_empty_file_is_refused_whatever_its_name() -> None:
    for name in ("a.pdf", "a.txt", "a", ""):
        with pytest.raises(EmptyFile):
            sniff(b"", name)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<html>fake</html>", "fake.pdf"),
        (b"Bonjour", "letter.pdf"),
        (PNG, "scan.pdf"),
        (ZIP, "archive.pdf"),
        (b"junk before\n" + PDF, "late.pdf"),
        (PDF, "hidden.txt"),
        (b"\xef\xbb\xbf" + PDF, "hidden.md"),
        (ZIP, "report.txt"),
        (PNG, "photo.jpg"),
        (b"<html>fake</html>", "fake.docx"),
        (PDF, "fake.xlsx"),
        (b"plain words", "page.html"),
        (ZIP, "rows.csv"),
        (ZIP, "mail.eml"),
        (b"no header at all", "mail.eml"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "sound.webp"),
        (b"II*\x00\x08\x00", "scan.txt"),
        (PNG, "picture.md"),
        (b"\x7fELF\x02\x01\x01\x00", "program.txt"),
        (b"{\\rtf1\\ansi Bonjour}", "letter.txt"),
        (b"abc\x00def", "nul.txt"),
        (b"\x81\x8d\x8f", "not-windows.txt"),
        (codecs.BOM_UTF32_LE + "abc".encode("utf-32-le"), "wide.txt"),
        (codecs.BOM_UTF16_LE + b"a\x00\x00\x00b\x00", "nul16.txt"),
        (codecs.BOM_UTF16_LE + b"\x00\xdc\x00\xdc", "broken16.txt"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(head: bytes, name: str) -> None:
    with pytest.raises(TypeMismatch) as caught:
        sniff(head, name)
    assert caught.value.permanent


@pytest.mark.parametrize("name", ["a.odt", "a.exe", "a.pdf.exe", "a.svg", "a.html", "../../a.PHP", "a.", "a.x" * 200])
def test_a_format_that_nobody_reads_is_refused(name: str) -> None:
    with pytest.raises((TypeUnsupported, TypeMismatch)):
        sniff(ZIP, name)


def test_a_name_without_extension_is_judged_by_its_bytes() -> None:
    assert sniff(PDF, "contract").name == "pdf"
    assert sniff(b"Bonjour", "LISEZMOI").name == "text"
    with pytest.raises(TypeUnsupported):
        sniff(ZIP, "contract")


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (PDF, "a.pdf", "pdf"),
        (PNG, "a.PNG", "PNG"),
        (b"\xff\xd8\xff\xe0", "a.jpeg", "JPEG"),
        (b"MM\x00*\x00", "a.tif", "TIFF"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "a.webp", "WebP"),
        (ZIP, "a.docx", "DOCX"),
        (ZIP, "a.XLSX", "XLSX"),
        (OLE, "locked.pptx", "PPTX"),
        (b"<p>Bonjour", "a.htm", "HTML"),
        (b"a;b\n1;2", "a.csv", "CSV"),
        (b"Received: from x\r\nFrom: a@example.org\r\n", "a.eml", "message"),
        (PDF, "FACTURE Mai.PDF", "pdf"),
        (PDF, "..\\..\\évil/../a.pdf", "pdf"),
        (b"\r\n " + PDF, "a.pdf", "pdf"),
        ("été".encode(), "a.txt", "text"),
        ("été".encode("cp1252"), "a.txt", "text"),
        (codecs.BOM_UTF16_BE + "été".encode("utf-16-be"), "a.text", "text"),
        (codecs.BOM_UTF8 + "été".encode(), "a.md", "markdown"),
        (b"# Titre\n\x0cpage 2", "a.markdown", "markdown"),
    ],
)
def test_what_agrees_is_taken(head: bytes, name: str, kind: str) -> None:
    assert sniff(head, name).name == kind


def test_a_character_cut_at_the_end_of_the_head_does_no_harm() -> None:
    text = "é€😀".encode()
    for end in range(2, len(text) + 1):
        assert sniff(text[:end], "a.txt").name == "text"
    decoded = decode_text(text[:4], final=False)
    assert decoded == ("é", "utf-8-sig")


def test_every_kind_names_a_reader_that_exists_and_every_error_has_its_own_code() -> None:
    from importlib import import_module

    for kind in KINDS:
        module, _, name = kind.reader.partition(":")
        assert callable(getattr(import_module(module), name)().read)
    assert len(BY_CODE) == 13
