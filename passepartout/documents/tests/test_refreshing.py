"""Another model, another analyser: documents are indexed again in the background and searched meanwhile."""

import io
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from engines.errors import EngineUnavailable
from passepartout.documents import engines_in_use, indexing, refreshing, retrieval
from passepartout.documents.factories import indexed, uploaded, work
from passepartout.documents.models import Chunk, ChunkWindow, Document, DocumentVersion
from passepartout.jobs.models import Job
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
SENTENCES = ["La piscine ouvre à huit heures.", "Le verger ferme en octobre.", "Le gardien habite au rez-de-chaussée."]


class Int8:
    """The service after its model became the int8 one: another card, vectors rounded to 8 bits."""

    def __init__(self, real):
        self._real = real
        self.model = replace(real.model, precision="int8")

    def embed(self, texts):
        rounded = np.round(self._real.embed(texts) * 127) / 127
        return (rounded / np.linalg.norm(rounded, axis=1, keepdims=True)).astype(np.float32)


class Away:
    @property
    def model(self):
        raise EngineUnavailable


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def documents(client, alice):
    return [indexed(client, alice, sentence, f"{number}.txt") for number, sentence in enumerate(SENTENCES)]


@pytest.fixture
def another_model(documents, monkeypatch):
    served = Int8(engines_in_use.embedder())
    for module in (indexing, refreshing):
        monkeypatch.setattr(module, "embedder", lambda: served)
    monkeypatch.setattr(retrieval, "question_embedder", lambda: served)
    return served.model.identifier


def models(person):
    with tenant(person.organization.pk):
        live = Document.objects.values_list("live_version", flat=True)
        versions = set(DocumentVersion.objects.filter(pk__in=live).values_list("model", flat=True))
        assert set(ChunkWindow.objects.values_list("model", flat=True)) == versions
        assert set(Chunk.objects.values_list("model", flat=True)) == versions
        return versions


def best(client, words):
    answer = client.get("/api/v1/search/", {"q": words}).json()
    return answer["results"][0]["document"], answer["results"]


def open_jobs(person):
    with tenant(person.organization.pk):
        return Job.objects.filter(state="queued").count()


def test_nothing_is_queued_while_the_model_is_the_same(documents, alice):
    assert refreshing.reindex_outdated() == 0
    assert open_jobs(alice) == 0


def test_nothing_is_queued_while_the_service_is_away(documents, alice, monkeypatch):
    monkeypatch.setattr(refreshing, "embedder", Away)
    assert refreshing.refresh() == 0
    with pytest.raises(EngineUnavailable):
        refreshing.reindex_outdated()
    assert open_jobs(alice) == 0


def test_every_document_moves_to_the_new_model_and_is_found_all_the_time(client, documents, alice, another_model):
    assert refreshing.reindex_outdated() == len(documents)
    with tenant(alice.organization.pk):
        jobs = list(Job.objects.filter(state="queued"))
        running = [(job.kind, str(job.pk)) for job in jobs]
    from celery import current_app

    for kind, job in running:
        for ident, words in zip(documents, ("piscine", "verger", "gardien"), strict=True):
            found, results = best(client, words)
            assert found == ident
            dense = {hit["document"] for hit in results if hit["similarity"]}
            with tenant(alice.organization.pk):
                new = set(Chunk.objects.filter(model=another_model).values_list("doc_id", flat=True))
            assert dense == {str(doc) for doc in new}, "vectors of two models were compared"
        current_app.tasks[kind](job)
    assert models(alice) == {another_model}
    assert refreshing.reindex_outdated() == 0
    assert [best(client, words)[0] for words in ("piscine", "verger", "gardien")] == documents


def test_another_analyser_counts_as_outdated_too(documents, alice, monkeypatch):
    monkeypatch.setattr(refreshing, "RECIPE", "another")
    assert refreshing.reindex_outdated() == len(documents)


def test_a_run_is_bounded_and_takes_nothing_twice(documents, alice, another_model):
    assert refreshing.reindex_outdated(limit=2) == 2
    assert refreshing.reindex_outdated(limit=2) == 1
    assert refreshing.reindex_outdated(limit=2) == 0
    assert open_jobs(alice) == 3


def test_every_organizations_documents_are_taken(api, documents, charlie, another_model, monkeypatch):
    monkeypatch.undo()
    indexed(api(charlie), charlie, "Le quai numéro trois.")
    monkeypatch.setattr(refreshing, "embedder", lambda: Int8(engines_in_use.embedder()))
    assert refreshing.reindex_outdated() == len(documents) + 1
    assert open_jobs(charlie) == 1


def test_deleted_and_unfinished_documents_are_left_alone(client, documents, alice, another_model):
    client.post(f"/api/v1/documents/{documents[0]}/actions/delete/")
    uploaded(client, "Pas encore lu.")
    assert refreshing.reindex_outdated() == len(documents) - 1


def test_one_that_just_failed_waits_an_hour(documents, alice, another_model):
    with tenant(alice.organization.pk):
        Job.objects.filter(subject_id=documents[0]).update(state="failed")
    assert refreshing.reindex_outdated() == len(documents) - 1
    with tenant(alice.organization.pk):
        Job.objects.filter(subject_id=documents[0]).update(finished_at=timezone.now() - timedelta(hours=2))
    assert refreshing.reindex_outdated() == 1


def command(*arguments):
    out = io.StringIO()
    call_command("reindex", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_command_queues_the_outdated_all_or_one(documents, alice, another_model):
    assert command("--outdated") == "3 queued"
    work(alice.organization)
    assert command("--outdated") == "0 queued"
    assert command("--all") == "3 queued"
    work(alice.organization)
    assert command("--document", documents[0], "--organization", str(alice.organization.pk)) == "1 queued"
    assert open_jobs(alice) == 1


def test_the_command_says_what_it_cannot_do(documents, alice, monkeypatch):
    with pytest.raises(CommandError, match="organization"):
        command("--document", documents[0])
    with pytest.raises(CommandError, match="no such"):
        command("--document", str(new_id()), "--organization", str(alice.organization.pk))
    with pytest.raises(CommandError):
        command()
    monkeypatch.setattr(refreshing, "embedder", Away)
    with pytest.raises(CommandError, match="embedding service"):
        command("--outdated")
