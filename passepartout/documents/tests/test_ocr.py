"""Pages that are pictures: read two at a time, kept page by page, cited with boxes, or warned of."""

import io
from datetime import timedelta

import numpy as np
import pytest
from django.db.models import F
from PIL import Image

from engines.errors import EngineBusy, EngineUnavailable
from engines.ocr import Box, EngineCard, Line, PageFailed, Recognition, Word
from engines.ocr.fake import FakeRecognizer
from engines.ocr.tests.pages import Sheet, draw, quarter_left, rotated_2
from engines.reading import Page
from engines.reading.tests import office_files as files
from passepartout.documents import indexing, ocr
from passepartout.documents.factories import indexed, uploaded, work
from passepartout.documents.models import Document, OcrJob
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
NOTICE = Sheet(
    "notice",
    "fr",
    (
        "La piscine du domaine, qui se trouve derrière le bâtiment principal à côté des courts de tennis, ouvre à huit "
        "heures et ferme à vingt heures, sauf le lundi.",
        ("Prestation", "Quantité", "Prix"),
        ("Ménage de fin de séjour", "1", "85,00 €"),
        "Les clés se rendent à l'accueil avant dix heures.",
    ),
    points=13,
)


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)


class Reader(FakeRecognizer):
    """Reads "Page one…" from a picture by its shade; `failing` shades raise, once each when `once`."""

    def __init__(self, failing=(), *, once=False):
        super().__init__(self._text)
        self.read: list[int] = []
        self._failing = dict(failing)
        self._once = once

    def recognize(self, picture):
        number = self._shade(picture)
        error = self._failing.pop(number, None) if self._once else self._failing.get(number)
        if error is not None:
            raise error
        self.read.append(number)
        return super().recognize(picture)

    def _text(self, picture):
        return f"Page numéro {self._shade(picture)}\nLa piscine ouvre à huit heures."

    def _shade(self, picture):
        return round(int(np.asarray(Image.open(io.BytesIO(picture)).convert("L"))[5, 5]) / 40)


def scan(*pages):
    """A PDF of pictures; a number is an empty page of that shade."""
    pictures = [
        Image.new("L", (400, 560), page * 40) if isinstance(page, int) else Image.fromarray(page) for page in pages
    ]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "PDF", save_all=True, append_images=pictures[1:], resolution=200)
    return buffer.getvalue()


def using(monkeypatch, reader):
    monkeypatch.setattr(ocr, "recognizer", lambda: reader)
    return reader


def rows(person):
    with tenant(person.organization.pk):
        return list(OcrJob.objects.order_by("page").values_list("page", "status", "error_code"))


def seen(client, ident):
    body = client.get(f"{URL}{ident}/").json()
    return body["status"], (body["error"] or {}).get("code"), body["warnings"]


def test_nobody_else_sees_what_was_read(client, alice, charlie, monkeypatch):
    using(monkeypatch, Reader())
    indexed(client, alice, scan(1, 2), "scan.pdf")
    assert len(rows(alice)) == 2
    assert rows(charlie) == []


def test_a_page_that_cannot_be_read_is_a_warning_and_the_others_are_indexed(client, alice, monkeypatch):
    using(monkeypatch, Reader({2: PageFailed("it died")}))
    ident = indexed(client, alice, scan(1, 2, 3), "scan.pdf")
    assert seen(client, ident) == ("indexed", None, ["ocr_failed:2"])
    assert rows(alice) == [(1, "done", ""), (2, "failed", "ocr_failed"), (3, "done", "")]
    (chunk,) = client.get(f"{URL}{ident}/chunks/").json()
    assert "Page numéro 1" in chunk["text"]
    assert "Page numéro 3" in chunk["text"]


def test_a_document_of_which_nothing_was_read_is_refused_with_its_reason(client, alice, monkeypatch):
    using(monkeypatch, Reader({1: PageFailed("it died")}))
    ident = uploaded(client, scan(1), "scan.pdf")
    work(alice.organization)
    assert seen(client, ident) == ("rejected", "no_text", ["ocr_failed:1"])


def test_an_engine_that_stumbles_or_is_busy_is_asked_again(client, alice, monkeypatch):
    reader = using(monkeypatch, Reader({1: EngineUnavailable(), 2: EngineBusy()}, once=True))
    ident = indexed(client, alice, scan(1, 2), "scan.pdf")
    assert seen(client, ident) == ("indexed", None, [])
    assert sorted(reader.read) == [1, 2]


def letter(tmp_path, *shades):
    """A DOCX with pictures between its paragraphs."""

    def fill(document):
        for number, shade in enumerate(shades):
            document.add_paragraph(f"Avant l’image {shade}.")
            content = io.BytesIO()
            Image.new("L", (300, 200 + number), shade * 40).save(content, "PNG")
            document.add_picture(content)
        document.add_paragraph("La fin.")

    return files.word(tmp_path / "a.docx", fill).read_bytes()


def test_a_picture_in_an_office_file_that_cannot_be_read_is_a_warning_and_the_text_stays(
    client, alice, monkeypatch, tmp_path
):
    using(monkeypatch, Reader({1: PageFailed("it died"), 2: PageFailed("it died")}))
    ident = indexed(client, alice, letter(tmp_path, 1, 2), "a.docx")
    assert seen(client, ident) == ("indexed", None, ["ocr_failed:1"])
    (chunk,) = client.get(f"{URL}{ident}/chunks/").json()
    assert chunk["text"].split() == ["Avant", "l’image", "1.", "Avant", "l’image", "2.", "La", "fin."]


def test_what_the_pictures_in_an_office_file_say_stands_where_they_do(client, alice, monkeypatch, tmp_path):
    reader = using(monkeypatch, Reader())
    ident = indexed(client, alice, letter(tmp_path, 1, 2), "a.docx")
    assert (sorted(reader.read), seen(client, ident)) == ([1, 2], ("indexed", None, []))
    (chunk,) = client.get(f"{URL}{ident}/chunks/").json()
    said = ["Avant l’image 1.", "Page numéro 1\nLa piscine ouvre à huit heures.", "Avant l’image 2.",
            "Page numéro 2\nLa piscine ouvre à huit heures.", "La fin."]  # fmt: skip
    assert chunk["text"].split("\n\n") == said
    client.post(f"{URL}{ident}/actions/reindex/")
    work(alice.organization)
    assert sorted(reader.read) == [1, 2]


def test_a_long_scan_lets_another_organizations_document_go_first_and_reads_no_page_twice(
    api, client, alice, charlie, monkeypatch, settings
):
    settings.JOB_SLICE_SECONDS = -1
    reader = using(monkeypatch, Reader())
    ident = uploaded(client, scan(1, 2, 3), "scan.pdf")
    other = uploaded(api(charlie), "La piscine ouvre à huit heures.", "règlement.txt")
    with tenant(charlie.organization.pk):
        Job.objects.update(run_after=F("created_at") - timedelta(seconds=5))
    work(alice.organization)
    assert (sorted(reader.read), seen(client, ident)[0]) == ([1, 2], "extracting")
    work(charlie.organization)
    assert seen(api(charlie), other)[0] == "indexed"
    work(alice.organization)
    assert sorted(reader.read) == [1, 2, 3]
    assert seen(client, ident) == ("indexed", None, [])


def test_an_engine_that_is_away_gives_the_job_back_and_no_page_is_read_twice(client, alice, monkeypatch):
    away = using(monkeypatch, Reader({3: EngineUnavailable()}))
    ident = uploaded(client, scan(1, 2, 3, 4), "scan.pdf")
    work(alice.organization)
    assert sorted(away.read) == [1, 2, 4]  # the fourth was being read when the third failed
    assert seen(client, ident)[0] == "extracting"
    status = client.get(f"{URL}{ident}/status/").json()
    assert (status["step"], status["progress"]) == ("extracting", {"done": 3, "total": 4})
    with tenant(alice.organization.pk):
        assert Job.objects.get().error_code == "engine_unavailable"
    back = using(monkeypatch, Reader())
    work(alice.organization)
    assert back.read == [3]
    assert seen(client, ident) == ("indexed", None, [])


def test_a_document_deleted_in_the_middle_is_left_alone(client, alice, monkeypatch):
    reader = using(monkeypatch, Reader())
    ident = uploaded(client, scan(1, 2, 3), "scan.pdf")
    real = ocr._keep

    def deleting(*args):
        assert client.post(f"{URL}{ident}/actions/delete/").status_code == 200
        return real(*args)

    monkeypatch.setattr(ocr, "_keep", deleting)
    work(alice.organization)
    assert set(reader.read) <= {1, 2}  # the third is not begun
    assert rows(alice) == []
    with tenant(alice.organization.pk):
        assert Document.objects.get().status == "deleted"


def test_indexing_again_uses_what_was_read(client, alice, monkeypatch):
    reader = using(monkeypatch, Reader())
    ident = indexed(client, alice, scan(1, 2), "scan.pdf")
    assert client.post(f"{URL}{ident}/actions/reindex/").status_code == 200
    work(alice.organization)
    assert sorted(reader.read) == [1, 2]
    assert seen(client, ident) == ("indexed", None, [])


def test_text_and_pictures_in_one_document_are_told_page_by_page(client, alice, monkeypatch):
    reader = using(monkeypatch, Reader())
    mixed = indexing._read

    def with_a_picture(claim, document):
        reading = mixed(claim, document)
        first, *others = reading.pages
        from dataclasses import replace

        return replace(reading, pages=(replace(first, text="Tampon 17", spans=(), needs_ocr=True), *others))

    monkeypatch.setattr(indexing, "_read", with_a_picture)
    ident = indexed(client, alice, scan(1), "scan.pdf")
    (chunk,) = client.get(f"{URL}{ident}/chunks/").json()
    assert chunk["text"].startswith("Tampon 17\nPage numéro 1\n")
    assert reader.read == [1]
    (box, *_) = chunk["boxes"]
    assert chunk["text"][int(box[1]) : int(box[2])] == "Page numéro 1"


def word(text, x0, y0, cell=0):
    return Word(text, 0.9, Box(x0, y0, x0 + 80, y0 + 20), cell)


@pytest.mark.parametrize(("rotation", "spans"), [(0.0, 2), (90.3, 2), (2.0, 3), (268.0, 3)])
def test_spans_hold_cells_or_words_where_lines_are_tilted(rotation, spans):
    line = Line((word("Linge", 0, 0), word("de\u200blit", 100, 0), word("14", 400, 0, cell=1)))
    read = Recognition((line,), 1000, 2000, rotation, EngineCard("x", "1"))
    text, found = ocr.page_text(read, Page(1, "", 500.0, 1000.0, (), needs_ocr=True))
    assert text == "Linge delit  14"
    assert len(found) == spans
    assert {text[span.start : span.end] for span in found} >= {"14"}
    assert (found[-1].x0, found[-1].x1) == (200.0, 240.0)


@pytest.mark.parametrize("quarters", [0, 1])
def test_a_sentence_over_lines_stays_in_one_paragraph_and_a_longer_step_ends_it(quarters):
    tops = (0, 30, 60, 105, 135)
    words = [word(name, *((top, 40) if quarters else (40, top))) for name, top in zip("abcde", tops, strict=True)]
    read = Recognition(tuple(Line((each,)) for each in words), 500, 500, 90.0 * quarters, EngineCard("x", "1"))
    assert ocr.page_text(read, Page(1, "", 500.0, 500.0, ()))[0] == "a\nb\nc\n\nd\ne"


def test_an_empty_page_has_no_text():
    read = Recognition((), 500, 500, 0.0, EngineCard("x", "1"))
    assert ocr.page_text(read, Page(1, "", 500.0, 500.0, ())) == ("", ())


@pytest.mark.parametrize("spoil", [lambda page: page, rotated_2, quarter_left])
def test_a_scan_is_answered_from_with_boxes_on_its_ink(client, alice, spoil):
    page = spoil(draw(NOTICE))
    ident = indexed(client, alice, scan(page), "notice.pdf")
    answer = client.post("/api/v1/ask/", {"question": "À quelle heure ouvre la piscine ?"}).json()
    (citation, *_) = answer["citations"]
    assert citation["document"] == ident
    assert "ouvre à huit heures" in " ".join(citation["quote"].split()), "a sentence over two lines is one"
    for box in citation["boxes"]:
        scale = page.shape[1] / box["page_width"]
        x0, y0, x1, y1 = (int(box[side] * scale) for side in ("x0", "y0", "x1", "y1"))
        assert page[y0:y1, x0:x1].min() < 100, "no ink there"
    with tenant(alice.organization.pk):
        row = OcrJob.objects.get()
        assert row.engine
        assert row.confidence > 0.8
        assert row.seconds > 0
