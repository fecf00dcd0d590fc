"""The optional reader answers as the usual one does."""

import importlib.util
from pathlib import Path

import pikepdf
import pytest

from engines.reading import Limits, Reading, sandbox
from engines.reading.errors import FileCorrupt, PasswordProtected, ReaderUnavailable, TooManyPages, TooMuchText
from engines.reading.mupdf import MuPdfReader
from engines.reading.pdf import PdfReader
from engines.reading.tests import pdfs
from engines.reading.tests.test_facturx import EXPECTED, XML, hybrid
from engines.reading.tests.test_pdf import a_scan, hiding, in_no_mode, tiny, white_on_white

INSTALLED = importlib.util.find_spec("pymupdf") is not None
installed = pytest.mark.skipif(not INSTALLED, reason="PyMuPDF is optional (AGPL): requirements/pymupdf.lock")
HELLO = pdfs.text_at((72, 700, "Bonjour à tous"), (72, 650, "Été à l'œuvre"))


def read(path: Path, limits: Limits | None = None) -> Reading:
    return MuPdfReader().read(path, limits or Limits())


@pytest.mark.skipif(INSTALLED, reason="PyMuPDF is installed here")
def test_without_pymupdf_the_reader_is_unavailable_and_the_file_not_at_fault(tmp_path: Path) -> None:
    path = pdfs.drawn(tmp_path / "a.pdf", HELLO)
    with pytest.raises(ReaderUnavailable) as caught:
        sandbox.read(path, "a.pdf", readers={"pdf": "engines.reading.mupdf:MuPdfReader"})
    assert not caught.value.permanent


@installed
def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    path = pdfs.drawn(tmp_path / "a.pdf", HELLO)
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(path) as document:
        document.save(locked, encryption=pikepdf.Encryption(user="secret", owner="owner"))
    with pytest.raises(PasswordProtected):
        read(locked)
    path.write_bytes(b"%PDF-1.7\n" + b"\xff" * 500)
    with pytest.raises(FileCorrupt):
        read(path)
    pdfs.drawn(path, *[HELLO] * 4)
    with pytest.raises(TooManyPages):
        read(path, Limits(max_pages=3))
    with pytest.raises(TooMuchText):
        read(path, Limits(max_characters=60))


@installed
@pytest.mark.parametrize("hide", [white_on_white, in_no_mode, tiny])
def test_text_that_nobody_can_see_is_removed(tmp_path: Path, hide) -> None:
    reading = read(pdfs.drawn(tmp_path / "a.pdf", hiding(hide)))
    assert reading.pages[0].text == "visible"
    assert reading.warnings == ("hidden_text:1:1",)


@installed
def test_both_readers_say_the_same_with_the_same_boxes_and_marks(tmp_path: Path) -> None:
    path = pdfs.drawn(tmp_path / "a.pdf", HELLO, a_scan, title="Lettre")
    ours, theirs = PdfReader().read(path, Limits()), read(path)
    assert [page.text.replace("\n\n", "\n") for page in theirs.pages] == [page.text for page in ours.pages]
    assert [page.needs_ocr for page in theirs.pages] == [False, True]
    assert (theirs.title, theirs.mime, theirs.warnings) == (ours.title, ours.mime, ours.warnings)
    for mine, other in zip(ours.pages[0].spans, theirs.pages[0].spans, strict=True):
        assert (other.x0, other.x1) == pytest.approx((mine.x0, mine.x1), abs=2)
        assert other.y0 <= mine.y0
        assert other.y1 >= mine.y1 - 1


@installed
def test_the_data_of_a_hybrid_invoice_are_read(tmp_path: Path) -> None:
    assert read(hybrid(tmp_path / "a.pdf", XML.encode())).invoice == EXPECTED


@installed
def test_it_runs_in_the_limited_child(tmp_path: Path) -> None:
    path = pdfs.drawn(tmp_path / "a.pdf", HELLO)
    reading = sandbox.read(path, "a.pdf", readers={"pdf": "engines.reading.mupdf:MuPdfReader"})
    assert reading == read(path)
