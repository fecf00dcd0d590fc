"""Delete hides at once, restore undoes it, purge erases for good."""

from datetime import timedelta

import pytest
from django.utils import timezone

from engines.errors import EngineUnavailable
from engines.reading.tests.pdfs import drawn, text_at
from passepartout.documents import engines_in_use, purging
from passepartout.documents.factories import indexed, sent, uploaded, work
from passepartout.documents.models import Chunk, ChunkWindow, Document, DocumentVersion, Posting
from passepartout.files.models import StoredObject
from passepartout.jobs.models import Job
from passepartout.kernel.scope import scope, tenant
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
SENTENCE = "La mirabelle se paie en octobre."


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def pdf(client, alice, tmp_path):
    path = drawn(tmp_path / "a.pdf", text_at((50, 700, SENTENCE)))
    return indexed(client, alice, path.read_bytes(), "a.pdf")


def act(client, ident, action):
    answer = client.post(f"{URL}{ident}/actions/{action}/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def found(client):
    return [hit["document"] for hit in client.get("/api/v1/search/?q=mirabelle").json()["results"]]


def asked(client):
    return [source["document"] for source in client.post("/api/v1/ask/", {"question": "mirabelle ?"}).json()["sources"]]


def age(person, days):
    with tenant(person.organization.pk):
        Document.objects.exclude(deleted_at=None).update(deleted_at=timezone.now() - timedelta(days=days))


def purge(*people):
    """As the retention rule of each one's organization does."""
    erased = 0
    for person in people:
        with scope(organization=person.organization.pk):
            erased += purging.expire(timezone.now() - timedelta(days=30), 500)
    return erased


def rows(person):
    with tenant(person.organization.pk):
        return [
            model.objects.count() for model in (Document, DocumentVersion, Chunk, ChunkWindow, Posting, StoredObject)
        ]


def test_deleting_hides_it_everywhere_at_once(client, pdf):
    link = client.get(f"{URL}{pdf}/file/")["Location"]
    assert found(client) == asked(client) == [pdf]
    act(client, pdf, "delete")
    assert found(client) == asked(client) == []
    assert client.get(URL).json()["results"] == []
    for path in ("", "status/", "chunks/", "file/", "pages/1.png"):
        assert client.get(f"{URL}{pdf}/{path}").status_code == 404, path
    assert client.get(link).status_code == 404
    assert client.post("/api/v1/ask/", {"question": "mirabelle ?", "document_ids": [pdf]}).status_code == 404
    assert client.patch(f"{URL}{pdf}/", {"title": "x"}).status_code == 404
    assert client.post(f"{URL}{pdf}/actions/reindex/").status_code == 404


def deleted(client):
    answer = client.get(f"{URL}?deleted=true")
    return answer.status_code, [row["id"] for row in answer.json().get("results", [])]


@pytest.mark.parametrize("role", ["warehouse_operator", "driver", "client_portal", "auditor"])
def test_who_may_not_restore_gets_no_list_of_what_was_deleted(api, client, alice, pdf, role):
    act(client, pdf, "delete")
    assert deleted(api(colleague(alice, "other@example.org", role))) == (403, [])


def test_the_deleted_are_listed_for_who_may_restore_them_and_are_not_told_of_private_ones(api, client, alice, bob, pdf):
    private = uploaded(api(bob), "Notes", visibility="private")
    assert deleted(client) == (200, [])
    act(client, pdf, "delete")
    act(api(bob), private, "delete")
    assert deleted(client) == (200, [pdf])
    assert deleted(api(bob)) == (200, [private, pdf])
    assert [row["id"] for row in client.get(f"{URL}?deleted=false").json()["results"]] == []
    act(client, pdf, "restore")
    assert deleted(client) == (200, [])
    assert [row["id"] for row in client.get(f"{URL}?deleted=false").json()["results"]] == [pdf]


def test_restoring_brings_it_back_without_indexing_again(client, alice, pdf):
    act(client, pdf, "delete")
    body = act(client, pdf, "restore")
    assert (body["status"], body["deleted_at"]) == ("indexed", None)
    assert found(client) == [pdf]
    with tenant(alice.organization.pk):
        assert Job.objects.filter(state="queued").count() == 0


def test_a_document_deleted_before_it_was_indexed_starts_again_when_restored(client, alice):
    ident = uploaded(client, SENTENCE)
    act(client, ident, "delete")
    assert work(alice.organization) == 0  # its job was called off
    assert act(client, ident, "restore")["status"] == "uploaded"
    work(alice.organization)
    assert found(client) == [ident]


def test_a_file_uploaded_again_after_its_deletion_is_a_new_document(client, alice):
    first = indexed(client, alice, SENTENCE)
    act(client, first, "delete")
    answer = sent(client, SENTENCE)
    assert (answer.status_code, answer.json()["id"] == first) == (201, False)


def test_nothing_is_erased_before_the_time_for_undo(client, alice, pdf):
    act(client, pdf, "delete")
    before = rows(alice)
    age(alice, 29)
    assert purge(alice) == 0
    assert rows(alice) == before


def test_purging_erases_rows_vectors_postings_and_bytes(client, alice, pdf, tmp_path):
    act(client, pdf, "delete")
    age(alice, 31)
    assert purge(alice) == 1
    assert rows(alice) == [0, 0, 0, 0, 0, 0]
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


def test_purging_keeps_bytes_that_another_document_shares(client, api, alice, bob):
    hidden = indexed(api(bob), bob, SENTENCE, "a.txt", visibility="private")
    mine = indexed(client, alice, SENTENCE)
    act(client, mine, "delete")
    age(alice, 31)
    assert purge(alice) == 1
    assert rows(alice)[0] == rows(alice)[5] == 1
    link = api(bob).get(f"{URL}{hidden}/file/")["Location"]
    assert b"".join(api().get(link)) == SENTENCE.encode()


def test_purging_reaches_its_own_organization_alone(client, api, alice, charlie, pdf):
    theirs = indexed(api(charlie), charlie, SENTENCE)
    act(client, pdf, "delete")
    act(api(charlie), theirs, "delete")
    age(alice, 31)
    age(charlie, 31)
    assert purge(alice) == 1
    assert (rows(alice)[0], rows(charlie)[0]) == (0, 1)
    assert purge(charlie) == 1
    assert rows(alice)[0] == rows(charlie)[0] == 0


def test_one_that_cannot_be_erased_now_does_not_keep_the_others(client, alice, pdf, monkeypatch):
    second = indexed(client, alice, "Le verger est ouvert.")
    act(client, pdf, "delete")
    act(client, second, "delete")
    age(alice, 31)
    real, calls = engines_in_use.vector_index, []

    def away_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise EngineUnavailable
        return real(*args)

    monkeypatch.setattr(purging, "vector_index", away_once)
    assert purge(alice) == 1
    assert purge(alice) == 1
    assert rows(alice) == [0, 0, 0, 0, 0, 0]


def test_restored_in_the_middle_of_its_purge_it_is_indexed_again_from_its_file(client, alice, pdf, monkeypatch):
    act(client, pdf, "delete")
    age(alice, 31)
    real = purging.drop_versions

    def restored_meanwhile(versions):
        real(versions)
        act(client, pdf, "restore")

    monkeypatch.setattr(purging, "drop_versions", restored_meanwhile)
    purge(alice)
    assert client.get(f"{URL}{pdf}/").json()["status"] == "uploaded"
    work(alice.organization)
    assert found(client) == [pdf]


def test_who_erased_what_stays_in_the_audit_log(client, alice, pdf):
    act(client, pdf, "delete")
    age(alice, 31)
    purge(alice)
    lines = client.get(f"/api/v1/audit/?object_id={pdf}").json()["results"]
    assert [line["action_type"] for line in lines] == [
        "document.purged",
        "document.delete",
        "document.indexed",
        "document.uploaded",
    ]
