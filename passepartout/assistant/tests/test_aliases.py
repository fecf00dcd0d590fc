"""/api/ai/…: the first plan's addresses and field names, called with an API key as n8n does, with and without slash."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.settings import api_settings

from engines.embeddings.http import HttpEmbedder
from passepartout.documents import views
from passepartout.documents.factories import indexed, uploaded, work

pytestmark = pytest.mark.django_db
SCOPES = ["documents:read", "documents:write", "ask:use", "embeddings:use"]
TEXT = "Le dépôt de garantie est de 850 euros. Il est rendu un mois après la remise des clés."
SLASHES = pytest.mark.parametrize("end", ["/", ""])


@pytest.fixture
def program(api, alice):
    """``program()`` is n8n with the scopes that it needs; ``program(…)`` with these."""

    def keyed(*scopes: str):
        expires = (timezone.now() + timedelta(days=1)).isoformat()
        wanted = {"name": "n8n", "scopes": list(scopes or SCOPES), "expires_at": expires}
        key = api(alice).post("/api/v1/api-keys/", wanted).json()["key"]
        client = api()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    return keyed


def upload(client, end="/"):
    body = {"file": SimpleUploadedFile("bail.txt", TEXT.encode())}
    return client.post(f"/api/ai/documents/upload{end}", body, format="multipart")


@pytest.mark.parametrize(
    ("address", "scope"),
    [("ask", "ask:use"), ("embed", "embeddings:use"), ("documents/upload", "documents:write"),
     ("documents/indexed", "documents:read")],
)  # fmt: skip
def test_a_key_without_the_scope_is_refused(program, address, scope):
    client = program(*(other for other in SCOPES if other != scope))
    for end in ("/", ""):
        answer = client.post(f"/api/ai/{address}{end}", {})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("address", ["ask", "embed", "documents/upload", "documents/indexed"])
def test_they_are_posted_to_and_nothing_else(program, address):
    for method in ("get", "put", "patch", "delete"):
        assert getattr(program(), method)(f"/api/ai/{address}/").status_code == 405


@SLASHES
def test_an_upload_is_queued_under_a_document_id(program, alice, end):
    answer = upload(program(), end)
    assert answer.status_code == 201
    assert answer.json() == {"document_id": answer.json()["document_id"], "status": "queued"}
    assert work(alice.organization) == 1
    again = upload(program(), end)
    assert (again.status_code, again.json()["status"]) == (200, "indexed")
    assert again.json()["document_id"] == answer.json()["document_id"]


@SLASHES
def test_indexed_says_not_yet_and_then_yes_and_marks_nothing_by_itself(program, alice, end):
    client = program()
    ident = upload(client).json()["document_id"]
    early = client.post(f"/api/ai/documents/indexed{end}", {"document_id": ident})
    assert (early.status_code, early.json()["code"]) == (409, "not_indexed")
    assert (early["Retry-After"], early.json()["document_status"]) == ("5", "queued")
    work(alice.organization)
    answer = client.post(f"/api/ai/documents/indexed{end}", {"document_id": ident})
    assert (answer.status_code, answer.json()) == (200, {"document_id": ident, "status": "indexed"})


def test_a_document_that_never_will_be_says_so_without_a_time_to_come_back(program, alice, api):
    ident = uploaded(api(alice), "… — …")
    work(alice.organization)
    answer = program().post("/api/ai/documents/indexed/", {"document_id": ident})
    assert (answer.status_code, answer.json()["document_error"]["code"]) == (409, "no_text")
    assert "Retry-After" not in answer


@pytest.mark.parametrize("ident", ["01a2052d-6d15-780c-b209-42a751e64d7e", "x", "", None, 12])
def test_indexed_of_what_is_no_document(program, ident):
    assert program().post("/api/ai/documents/indexed/", {"document_id": ident}).status_code in {404, 422}


@SLASHES
def test_ask_answers_with_the_ids_of_its_sources(program, api, alice, end):
    ident = indexed(api(alice), alice, TEXT)
    answer = program().post(f"/api/ai/ask{end}", {"question": "Quel est le montant du dépôt de garantie ?"})
    assert answer.status_code == 200
    body = answer.json()
    assert "850 euros" in body["answer"]
    assert body["sources"] == [f"{ident}-1"]
    assert body["citations"][0]["label"] == f"[DOC:{ident}-1]"


@SLASHES
def test_embed_gives_the_vector_that_documents_are_indexed_with(program, end):
    client = program()
    body = client.post(f"/api/ai/embed{end}", {"text": "dépôt de garantie"}).json()
    ours = client.post("/api/v1/embeddings/", {"texts": ["dépôt de garantie", "autre"]}).json()
    assert body["embedding"] == pytest.approx(ours["embeddings"][0], abs=1e-4)
    assert len(body["embedding"]) == body["dimensions"] == ours["dimensions"] == 384
    assert sum(number**2 for number in body["embedding"]) == pytest.approx(1, abs=1e-3)
    assert body["model"].startswith("all-MiniLM-L6-v2/")


@pytest.mark.parametrize("texts", [[], [""], ["x"] * 65, ["x" * 8001], "x", [None], None])
def test_texts_that_cannot_be_embedded_are_refused(program, texts):
    assert program().post("/api/v1/embeddings/", {"texts": texts}).status_code == 422


def test_an_embedding_service_that_is_away_is_said_and_retried_later(program, monkeypatch):
    away = HttpEmbedder("http://127.0.0.1:9", token="", timeout=1)
    monkeypatch.setattr(views, "embedder", lambda: away)
    answer = program().post("/api/ai/embed/", {"text": "dépôt"})
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_embedding_has_a_rate_of_its_own(program, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "embed", "1/min")
    client = program()
    assert client.post("/api/ai/embed/", {"text": "un"}).status_code == 200
    answer = client.post("/api/ai/embed/", {"text": "deux"})
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert client.get("/api/v1/documents/").status_code == 200
