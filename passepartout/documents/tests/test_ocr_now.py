"""Reading a file at once: its text, nothing kept, and clear answers to what cannot be read."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engines.ocr.fake import FakeRecognizer
from passepartout.documents import reading_now
from passepartout.documents.models import Document
from passepartout.kernel.scope import tenant

from .test_ocr import Reader, letter, scan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _reader(monkeypatch):
    monkeypatch.setattr(reading_now, "recognizer", Reader)


def post(client, content, *, name="scan.pdf", field="file", url="/api/v1/ocr/"):
    return client.post(url, {field: SimpleUploadedFile(name, content)}, format="multipart")


def test_scanned_pages_are_recognized_and_nothing_is_kept(api, alice):
    answer = post(api(alice), scan(1, 2))
    assert answer.status_code == 200, answer.content
    assert [page["number"] for page in answer.json()["pages"]] == [1, 2]
    assert "Page numéro 2" in answer.json()["text"]
    assert answer.json()["pages"][0]["engine"] != "text"
    with tenant(alice.organization.pk):
        assert not Document.objects.exists()


def test_text_of_its_own_is_given_without_recognition(api, alice, monkeypatch):
    monkeypatch.setattr(reading_now, "recognizer", lambda: FakeRecognizer(lambda _: pytest.fail("was asked")))
    answer = post(api(alice), "Le préavis est d'un mois.".encode(), name="bail.txt").json()
    assert (answer["pages"][0]["engine"], answer["text"]) == ("text", "Le préavis est d'un mois.")


def test_of_the_pictures_in_an_office_file_the_first_ten_are_recognized(api, alice, monkeypatch, tmp_path):
    reader = Reader()
    monkeypatch.setattr(reading_now, "recognizer", lambda: reader)
    answer = post(api(alice), letter(tmp_path, *[1, 2, 3, 4, 5, 6] * 2), name="a.docx")
    assert answer.status_code == 200, answer.content
    text = answer.json()["text"]
    assert "Avant l’image 1.\n\nPage numéro 1\nLa piscine ouvre à huit heures.\n\nAvant" in text
    assert text.endswith("Avant l’image 5.\n\nAvant l’image 6.\n\nLa fin.")
    assert len(reader.read) == reading_now.MOST_RECOGNIZED


@pytest.mark.parametrize("url", ["/api/ai/ocr/", "/api/ai/ocr"])
@pytest.mark.parametrize("field", ["pdf", "file"])
def test_the_first_plans_address_takes_its_own_field(api, alice, url, field):
    assert "Page numéro 1" in post(api(alice), scan(1), field=field, url=url).json()["text"]


def test_more_scanned_pages_than_are_read_at_once_are_a_documents_work(api, alice):
    answer = post(api(alice), scan(*[1, 2, 3] * 4))
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_pages")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [(b"%PDF-1.4 broken", "a.pdf", "file_corrupt"), (b"MZ\x00\x01", "a.exe", "type_unsupported"), (b"", "a.pdf", None)],
)
def test_what_cannot_be_read_is_said(api, alice, content, name, code):
    answer = post(api(alice), content, name=name)
    assert answer.status_code == 422, answer.content
    assert code is None or answer.json()["code"] == code


def test_a_file_is_needed(api, alice):
    assert api(alice).post("/api/v1/ocr/", {}, format="multipart").status_code == 422


def test_nobody_reads_without_signing_in(api):
    assert post(api(), scan(1)).status_code == 401
