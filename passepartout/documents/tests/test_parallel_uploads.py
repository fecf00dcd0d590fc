"""The same file many times at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from passepartout.documents.factories import sent
from passepartout.documents.models import Document
from passepartout.files.models import StoredObject
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 20


def test_the_same_file_twenty_times_at_once_is_one_document_one_blob_and_one_job(api, alice, tmp_path):
    client = api(alice)

    def upload(number: int) -> tuple[int, str]:
        try:
            answer = sent(client, "Le même fichier, vingt fois.", f"copie {number}.txt")
            return answer.status_code, answer.json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(TIMES) as pool:
        answers = list(pool.map(upload, range(TIMES)))
    assert sorted(status for status, _ in answers) == [200] * (TIMES - 1) + [201]
    assert len({ident for _, ident in answers}) == 1
    with tenant(alice.organization.pk):
        assert (Document.objects.count(), StoredObject.objects.count(), Job.objects.count()) == (1, 1, 1)
    assert len([path for path in (tmp_path / "objects").rglob("*") if path.is_file()]) == 1


def test_a_commit_that_fails_leaves_no_file(api, alice, tmp_path, monkeypatch):
    """A deferred constraint says no at the very end, when the file has its name already."""

    def referring_to_nothing(kind, *, subject, document_id):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO document_versions (id, org_id, created_at, doc_id, job_id, model, dimensions, analyser, "
                "chunk_count, window_count, term_count) VALUES (gen_random_uuid(), %s, now(), gen_random_uuid(), "
                "gen_random_uuid(), 'm', 1, '1', 0, 0, 0)",
                [alice.organization.pk],
            )

    monkeypatch.setattr("passepartout.documents.services.enqueue", referring_to_nothing)
    answer = sent(api(alice), "Bonjour")
    assert (answer.status_code, answer.json()["code"]) == (409, "integrity")
    with tenant(alice.organization.pk):
        assert Document.objects.count() == 0
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []


def test_reindexing_asked_for_twice_at_once_queues_one_job(api, alice):
    from passepartout.documents.factories import indexed

    client = api(alice)
    ident = indexed(client, alice, "La piscine ouvre à huit heures.")

    def reindex(_: int) -> int:
        try:
            return int(client.post(f"/api/v1/documents/{ident}/actions/reindex/").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(reindex, range(4))) == [200, 409, 409, 409]
    with tenant(alice.organization.pk):
        assert Job.objects.filter(state="queued").count() == 1
