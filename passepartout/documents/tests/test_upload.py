"""POST /api/v1/documents/: what is taken, what is refused, and that nothing is left behind."""

import errno
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile

from engines.reading.tests.pdfs import drawn, text_at
from passepartout.billing.plans import ENTERPRISE, PLANS
from passepartout.clients.models import Client, Project
from passepartout.documents import services
from passepartout.documents.factories import sent, uploaded
from passepartout.documents.models import Document
from passepartout.files.models import StoredObject
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
BOUNDARY = "multipart/form-data; boundary=b"
HEADER = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
TEXT = "La remise des clés se fait à seize heures."


def files_in(folder: str) -> list[Path]:
    root = Path(django_settings.OBJECTS_DIR) / folder
    return [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else []


def counts(person):
    with tenant(person.organization.pk):
        return Document.objects.count(), StoredObject.objects.count(), Job.objects.count()


def nothing_is_left(person):
    return counts(person) == (0, 0, 0) and files_in("drafts") == [] and files_in("objects") == []


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff", "setup.exe", "type_unsupported"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "lettre.odt", "type_unsupported"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "photo.jpg", "type_mismatch"),
        (b"GIF89a\x01\x00\x01\x00", "anime.gif", "type_unsupported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "logo.svg", "type_unsupported"),
        (b"<html><script>alert(1)</script></html>", "lettre.docx", "type_mismatch"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "page.html", "type_mismatch"),
        (b"bonjour", "message.eml", "type_mismatch"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "notes.txt", "type_mismatch"),
        (b"plain words", "facture.pdf", "type_mismatch"),
        (b"\x00\x01\x02\x03" * 64, "notes.txt", "type_mismatch"),
    ],
)
def test_a_kind_of_file_that_is_not_read_is_refused(api, alice, content, name, code):
    answer = sent(api(alice), content, name)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (415, code)
    assert answer.json()["errors"][0]["field"] == "file"
    assert nothing_is_left(alice)


def test_an_empty_file_is_refused(api, alice):
    answer = sent(api(alice), b"", "vide.pdf")
    assert (answer.status_code, answer.json()["code"]) == (422, "empty_file")
    assert nothing_is_left(alice)


def test_a_file_above_the_limit_is_refused_while_it_arrives(api, alice, settings):
    settings.UPLOAD_MAX_BYTES = 100_000
    answer = sent(api(alice), b"a" * 300_000, "long.txt")
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert nothing_is_left(alice)


def test_an_upload_without_a_file_is_refused(api, alice):
    answer = api(alice).post(URL, {"title": "rien"}, format="multipart")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "file"


def test_an_upload_as_json_is_refused(api, alice):
    answer = api(alice).post(URL, {"file": "contrat.txt"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("second", ["file", "annex"])
def test_two_files_at_once_are_refused(api, alice, second):
    both = [SimpleUploadedFile("a.txt", b"un"), SimpleUploadedFile("b.txt", b"deux")]
    fields = {"file": both} if second == "file" else {"file": both[0], "annex": both[1]}
    answer = api(alice).post(URL, fields, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (422, "one_file")
    assert nothing_is_left(alice)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"x" * 100, "multipart/form-data"),
        (b"x" * 100, BOUNDARY),
        (HEADER + b"\r\nhalf of it", BOUNDARY),
        (HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!!\r\n--b--\r\n", BOUNDARY),
    ],
)
def test_a_malformed_body_is_refused_and_leaves_no_draft(api, alice, body, kind):
    answer = api(alice).post(URL, body, content_type=kind)
    assert answer.status_code in {400, 422}, answer.content
    assert nothing_is_left(alice)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"visibility": "everybody"}, "visibility"),
        ({"language": "klingon"}, "language"),
        ({"client": "not-a-uuid"}, "client"),
        ({"title": "x" * 301}, "title"),
        ({"title": "nul\x00byte"}, "title"),
        ({"visibility": "client"}, "client"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(api, alice, fields, field):
    answer = sent(api(alice), TEXT, **fields)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert nothing_is_left(alice)


def test_another_organizations_client_is_as_unknown_as_none(api, alice, charlie):
    with tenant(charlie.organization.pk):
        client = Client.objects.create(name="Société Nord")
        project = Project.objects.create(client=client, name="Quai")
    for fields in ({"client": client.pk}, {"project": project.pk}):
        assert sent(api(alice), TEXT, **fields).status_code == 404
    assert nothing_is_left(alice)


def test_a_project_of_another_client_is_refused(api, alice):
    with tenant(alice.organization.pk):
        first, second = (Client.objects.create(name=name) for name in ("Durand", "Martin"))
        project = Project.objects.create(client=second, name="Villa")
    answer = sent(api(alice), TEXT, client=first.pk, project=project.pk)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "project")


def test_an_auditor_uploads_nothing(api, alice):
    auditor = colleague(alice, "auditor@example.org", "auditor")
    assert sent(api(auditor), TEXT).status_code == 403
    assert nothing_is_left(alice)


def test_a_transaction_that_fails_leaves_no_file(api, alice, monkeypatch):
    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(services, "enqueue", broken)
    answer = sent(api(alice), TEXT)
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "Traceback" not in answer.content.decode()
    assert nothing_is_left(alice)


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_full_disk_answers_507_and_leaves_nothing(api, alice, monkeypatch, step):
    client = api(alice)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(f"engines.objects.folder.os.{step}", full)
        answer = sent(client, TEXT)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert nothing_is_left(alice)
    assert sent(client, TEXT).status_code == 201  # and works again once there is room


def test_a_store_that_fails_answers_503_with_a_delay(api, alice, monkeypatch):
    client = api(alice)

    def failing(*args, **kwargs):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr("engines.objects.folder.os.write", failing)
        answer = sent(client, TEXT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert nothing_is_left(alice)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\boot.txt", "boot.txt"),
        ("C:\\Users\\Marie\\contrat.txt", "contrat.txt"),
        ("con\x07tr\x1bat.txt", "contrat.txt"),
        ("nul\x00.txt", "nul.txt"),
        ("con\u202etxt.trat.txt", "contxt.trat.txt"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("x" * 500 + ".txt", "x" * 196 + ".txt"),
    ],
)
def test_the_name_is_data_and_never_a_path(api, alice, name, kept):
    head = HEADER.replace(b"a.txt", name.encode().replace(b"\\", b"\\\\"))
    answer = api(alice).post(URL, head + b"\r\nBonjour\r\n--b--\r\n", content_type=BOUNDARY)
    assert answer.status_code == 201, answer.content
    assert answer.json()["original_filename"] == kept
    assert answer.json()["title"] == kept.removesuffix(".txt")
    assert len(files_in("objects")) == 1
    assert files_in("objects")[0].name == f"{alice.organization.pk.hex}.{answer.json()['sha256']}"


def test_a_name_of_nothing_but_dots_is_no_file(api, alice):
    head = HEADER.replace(b"a.txt", b"..")
    assert api(alice).post(URL, head + b"\r\nBonjour\r\n--b--\r\n", content_type=BOUNDARY).status_code == 422


def test_a_document_is_stored_queued_and_described(api, alice):
    answer = sent(api(alice), TEXT, "Règlement intérieur.txt", language="fr")
    body = answer.json()
    assert answer.status_code == 201
    assert (body["title"], body["status"], body["language"]) == ("Règlement intérieur", "uploaded", "fr")
    assert (body["size"], body["mime"]) == (len(TEXT.encode()), "text/plain")
    assert body["abilities"]["delete"] is True
    assert body["error"] is None
    assert counts(alice) == (1, 1, 1)
    assert [path.read_bytes() for path in files_in("objects")] == [TEXT.encode()]
    assert files_in("drafts") == []


def test_a_pdf_is_taken_by_what_it_is_and_not_by_what_the_client_says(api, alice, tmp_path):
    pdf = drawn(tmp_path / "a.pdf", text_at((50, 700, "Bonjour")))
    lying = SimpleUploadedFile("a.pdf", pdf.read_bytes(), content_type="text/html")
    answer = api(alice).post(URL, {"file": lying}, format="multipart")
    assert answer.json()["mime"] == "application/pdf"


def test_the_same_file_again_is_the_document_that_is_there(api, alice, bob):
    first = uploaded(api(alice), TEXT)
    again = sent(api(bob), TEXT, "autre nom.txt")
    assert (again.status_code, again.json()["id"]) == (200, first)
    assert counts(alice) == (1, 1, 1)
    assert files_in("drafts") == []


def test_the_same_file_as_a_colleagues_private_one_is_a_new_document_that_reveals_nothing(api, alice, bob):
    hidden = uploaded(api(bob), TEXT, "Secret de Bob.txt", visibility="private")
    answer = sent(api(alice), TEXT, "contrat.txt")
    assert (answer.status_code, answer.json()["title"]) == (201, "contrat")
    assert answer.json()["id"] != hidden
    assert "Bob" not in answer.content.decode()
    assert counts(alice) == (2, 1, 2)  # the bytes are shared, the document is not


def test_the_same_file_in_another_organization_shares_nothing(api, alice, charlie):
    first = uploaded(api(alice), TEXT)
    answer = sent(api(charlie), TEXT)
    assert (answer.status_code, answer.json()["id"] == first) == (201, False)
    assert len(files_in("objects")) == 2


def test_a_limit_of_the_plan_refuses_and_keeps_nothing(api, alice, monkeypatch):
    monkeypatch.setitem(PLANS[ENTERPRISE].limits, "storage_bytes", 10)
    answer = sent(api(alice), TEXT)
    assert (answer.status_code, answer.json()["code"]) == (429, "plan_limit")
    assert nothing_is_left(alice)
