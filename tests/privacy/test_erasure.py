"""A person is erased everywhere; what is kept is said; what ends in the middle goes on."""

import hashlib
import json

import pytest
from django.db import connection

from engines.errors import EngineUnavailable
from passepartout.assistant.models import Conversation, Message
from passepartout.clients.models import Client
from passepartout.documents import personal as documents
from passepartout.documents.factories import indexed, work
from passepartout.documents.models import Chunk, ChunkWindow, Document, DocumentVersion, Posting
from passepartout.evaluation.models import GoldenQuestion
from passepartout.files.models import StoredObject
from passepartout.jobs.models import Job
from passepartout.kernel import personal
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant
from passepartout.llm.models import LlmJob
from passepartout.notifications.models import Notification
from passepartout.privacy.models import DataRequest, DataRequestItem
from passepartout.proposals.models import Proposal
from passepartout.tenancy.models import Membership, User

from .world import EMAIL, LEASE, MARKS, acted, asked, contacts, everything, item_of, items, requested, rows_of, shown

pytestmark = pytest.mark.django_db


def erased(api, world, ident, **body):
    acted(api, world.alice, ident, "confirm", **body)
    work(world.alice.organization)
    return shown(api, world, ident)


def test_nothing_is_erased_before_somebody_confirms_what_was_found(api, world):
    before = everything(world.alice)
    ident = requested(api, world, "erasure")
    assert shown(api, world, ident)["status"] == "preview"
    assert all(mark in everything(world.alice) for mark in MARKS if mark in before)
    with tenant(world.alice.organization.pk):
        assert Document.objects.filter(deleted_at=None).count() == 4


def test_what_was_found_is_shown_with_its_reason(api, world):
    ident = requested(api, world, "erasure")
    found = {(item["source"], item["reason"]) for item in items(api, world.alice, ident)}
    assert found >= {
        ("clients", "itself"), ("client_contacts", "itself"), ("members", "itself"), ("projects", "linked"),
        ("documents", "linked"), ("documents", "mentions"), ("messages", "mentions"), ("messages", "cites"),
        ("llm_jobs", "cites"), ("proposals", "mentions"), ("golden_questions", "mentions"),
        ("notifications", "authored"), ("notifications", "linked"),
    }  # fmt: skip


def test_nothing_of_the_person_is_left_anywhere(api, world):
    assert [mark for mark in MARKS if mark not in everything(world.alice)] == []
    end = erased(api, world, requested(api, world, "erasure"))
    assert (end["status"], end["error_code"]) == ("done", "")
    assert [mark for mark in MARKS if mark in everything(world.alice)] == []
    assert end["receipt"]["still_found"] == 0


def test_what_is_nobodys_stays_and_answers_as_before(api, world):
    erased(api, world, requested(api, world, "erasure"))
    found = api(world.alice).get("/api/v1/search/?q=mirabelle").json()["results"]
    assert [hit["document"] for hit in found] == [world.other]
    with tenant(world.alice.organization.pk, world.bob.user.pk):
        assert [model.objects.count() for model in (Document, DocumentVersion, StoredObject)] == [1, 1, 1]
        assert all(model.objects.exists() for model in (Chunk, ChunkWindow, Posting))
        assert GoldenQuestion.objects.count() == 1
        assert contacts() == ["Paul Martin"]
        assert Notification.objects.count() == 1
        texts = {row.text for row in Message.objects.filter(conversation__user=world.bob.user)}
    assert any("mirabelle" in text for text in texts)


def test_the_rows_that_others_refer_to_stay_without_the_person(api, world):
    erased(api, world, requested(api, world, "erasure"))
    with tenant(world.alice.organization.pk):
        row = Client.objects.get(pk=world.client)
        assert (row.status, row.name, row.email, row.email_index, row.address) == ("anonymised", "", "", "", "")
        jobs = list(LlmJob.objects.exclude(erased_at=None))
        assert len(jobs) == 2
        assert all((job.prompt, job.result, job.context_refs) == ("", "", []) for job in jobs)
        assert LlmJob.objects.filter(erased_at=None).count() == 1
        assert Proposal.objects.get().status == "cancelled"
        assert not Membership.objects.filter(user=world.eloise.user).exists()
    user = User.objects.get(pk=world.eloise.user.pk)
    assert (user.is_active, user.display_name, user.has_usable_password()) == (False, "", False)
    assert user.email.endswith("@erased.invalid")


def test_who_was_erased_cannot_come_in_any_more(api, world):
    client = api(world.eloise)
    erased(api, world, requested(api, world, "erasure"))
    assert client.get("/api/v1/me/").status_code in {401, 403}
    answer = api().post("/api/v1/auth/token/", {"email": EMAIL, "password": world.eloise.password})
    assert answer.status_code == 401


def test_the_account_of_somebody_who_also_belongs_elsewhere_stays_theirs(api, world, charlie):
    with tenant(charlie.organization.pk, charlie.user.pk):
        Membership.objects.create(user=world.eloise.user, role="concierge")
    end = erased(api, world, requested(api, world, "erasure"))
    assert end["status"] == "done"
    user = User.objects.get(pk=world.eloise.user.pk)
    assert (user.email, user.is_active) == (EMAIL, True)
    assert str(charlie.organization.pk) not in json.dumps(end)


def test_the_receipt_counts_names_nobody_and_proves_itself(api, world):
    ident = requested(api, world, "erasure", email=EMAIL, names=["Éloïse Durand"])
    end = erased(api, world, ident)
    receipt = end["receipt"]
    assert receipt["done"]["documents"] == 3
    assert receipt["done"]["clients"] == 1
    assert {"what": "audit_logs", "because": "accountability"}.items() <= receipt["kept"][0].items()
    assert receipt["confirmed_by"] == str(world.alice.user.pk)
    text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert end["receipt_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert [mark for mark in MARKS if mark in json.dumps(end, ensure_ascii=False)] == []
    assert (end["subject"], end["note"]) == ({}, "")
    line = api(world.alice).get("/api/v1/audit/?action=data_request.finish").json()["results"][0]
    assert line["detail"]["sha256"] == end["receipt_sha256"]


def test_what_a_law_keeps_is_kept_and_said(api, world):
    ident = requested(api, world, "erasure")
    lease = item_of(api, world, ident, world.linked)
    end = erased(api, world, ident, keep=[{"item": lease["id"], "because": "accounting"}])
    assert {"what": "documents", "because": "accounting", "count": 1} in end["receipt"]["kept"]
    assert end["receipt"]["done"]["documents"] == 2
    link = api(world.alice).get(f"/api/v1/documents/{world.linked}/file/")["Location"]
    assert b"".join(api().get(link)).decode() == LEASE
    assert end["receipt"]["still_found"] == 0


def test_what_is_never_kept_by_law_cannot_be_kept(api, world):
    ident = requested(api, world, "erasure")
    for source in ("llm_jobs", "messages", "notifications"):
        item = next(item for item in items(api, world.alice, ident) if item["source"] == source)
        body = {"keep": [{"item": item["id"], "because": "accounting"}]}
        answer = api(world.alice).post(f"/api/v1/data-requests/{ident}/actions/confirm/", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "keep")
    assert shown(api, world, ident)["status"] == "preview"


def test_what_came_after_the_review_is_reviewed_before_it_is_erased(api, world):
    ident = requested(api, world, "erasure")
    late = indexed(api(world.alice), world.alice, "Facture de Éloïse Durand : 40 euros.", "facture.txt")
    end = erased(api, world, ident)
    assert (end["status"], end["error_code"]) == ("preview", "found_more")
    assert late in {item["object_id"] for item in items(api, world.alice, ident)}
    with tenant(world.alice.organization.pk):
        assert Document.objects.filter(deleted_at=None).count() == 5
    assert erased(api, world, ident)["status"] == "done"
    assert [mark for mark in MARKS if mark in everything(world.alice)] == []


def test_what_repeats_it_after_the_review_goes_with_it(api, world):
    ident = requested(api, world, "erasure")
    api(world.bob).post("/api/v1/ask/", {"question": "Que doit Éloïse Durand ?"})
    assert erased(api, world, ident)["status"] == "done"
    assert [mark for mark in MARKS if mark in everything(world.alice)] == []


def test_a_copy_of_an_erased_file_goes_too(api, world):
    copy = indexed(api(world.bob), world.bob, LEASE, "copie.txt", visibility="private")
    erased(api, world, requested(api, world, "erasure"))
    with tenant(world.alice.organization.pk):
        assert not Document.objects.filter(pk=copy).exists()
        assert not StoredObject.objects.filter(sha256=hashlib.sha256(LEASE.encode()).hexdigest()).exists()


@pytest.mark.parametrize("after", [0, 1, 4, 9, 15])
def test_ended_in_the_middle_the_next_attempt_does_the_rest(api, world, monkeypatch, after):
    ident = requested(api, world, "erasure")
    left = [after]

    def broken(source):
        real = source.erase

        def erase(ident):
            left[0] -= 1
            real(ident)
            if left[0] < 0:
                raise EngineUnavailable

        return erase

    known = {source.name: source for source in personal.sources()}
    for name, source in known.items():
        monkeypatch.setitem(personal._sources, name, personal.Source(**{**vars(source), "erase": broken(source)}))
    assert erased(api, world, ident)["status"] == "running"
    for name, source in known.items():
        monkeypatch.setitem(personal._sources, name, source)
    work(world.alice.organization)
    end = shown(api, world, ident)
    assert (end["status"], end["receipt"]["still_found"]) == ("done", 0)
    assert [mark for mark in MARKS if mark in everything(world.alice)] == []


def test_half_a_document_is_erased_whole_by_the_next_attempt(api, world, monkeypatch):
    ident = requested(api, world, "erasure")
    real, calls = documents.purge_document, []

    def away_once(document):
        calls.append(document)
        if len(calls) == 1:
            raise EngineUnavailable
        real(document)

    monkeypatch.setattr(documents, "purge_document", away_once)
    assert erased(api, world, ident)["status"] == "running"
    work(world.alice.organization)
    assert shown(api, world, ident)["status"] == "done"
    assert [mark for mark in MARKS if mark in everything(world.alice)] == []


def test_the_last_administrator_is_not_erased_and_the_request_says_why(api, alice):
    client = api(alice)
    ident = client.post("/api/v1/data-requests/", {"kind": "erasure", "subject": {"email": alice.email}}).json()["id"]
    work(alice.organization)
    client.post(f"/api/v1/data-requests/{ident}/actions/confirm/", {})
    work(alice.organization)
    body = client.get(f"/api/v1/data-requests/{ident}/").json()
    assert (body["status"], body["error_code"], body["actions"]) == ("confirmed", "last_admin", ["resume"])
    assert client.get("/api/v1/me/").status_code == 200


def test_a_worker_that_was_taken_for_dead_marks_nothing_more(api, world, monkeypatch):
    ident = requested(api, world, "erasure")
    acted(api, world.alice, ident, "confirm")
    real = documents.purge_document

    def lost(document):
        real(document)
        with tenant(world.alice.organization.pk):
            Job.objects.filter(state="running").update(lease=None, state="queued")

    monkeypatch.setattr(documents, "purge_document", lost)
    monkeypatch.setitem(
        personal._sources, "documents", personal.Source(**{**vars(documents.DOCUMENTS), "erase": documents.erase})
    )
    work(world.alice.organization)
    with tenant(world.alice.organization.pk):
        done = DataRequestItem.objects.filter(state="done", source="documents").count()
        assert done == 0
        assert DataRequest.objects.get(pk=ident).status == "running"


def test_another_organization_loses_nothing(api, world, charlie):
    with tenant(charlie.organization.pk, charlie.user.pk):
        theirs = Client.objects.create(name="Éloïse Durand", email=EMAIL)
        Conversation.objects.create(user=charlie.user, title="Éloïse Durand")
    indexed(api(charlie), charlie, LEASE, "bail.txt")
    before = rows_of(charlie).count("Durand")
    erased(api, world, requested(api, world, "erasure"))
    assert rows_of(charlie).count("Durand") == before
    with tenant(charlie.organization.pk):
        assert Client.objects.get(pk=theirs.pk).name == "Éloïse Durand"


def test_a_namesake_is_shown_leads_to_nothing_and_can_be_left_alone(api, world):
    with tenant(world.alice.organization.pk):
        other = Client.objects.create(name="Éloïse Durand", kind="person", email="another@example.org")
    ident = requested(api, world, "erasure")
    found = {item["object_id"]: item for item in items(api, world.alice, ident)}
    assert found[str(other.pk)]["reason"] == "same_name"
    end = erased(api, world, ident, keep=[{"item": found[str(other.pk)]["id"], "because": "somebody_else"}])
    assert end["status"] == "done"
    with tenant(world.alice.organization.pk):
        assert Client.objects.get(pk=other.pk).email == "another@example.org"


def test_what_cites_somebody_elses_document_is_left_alone(api, world):
    """The letter is another Éloïse Durand's: neither it goes, nor what was answered from it."""
    asked(api(world.bob), "Qui rappeler avant vendredi ?")
    ident = requested(api, world, "erasure")
    letter = item_of(api, world, ident, world.naming)
    end = erased(api, world, ident, keep=[{"item": letter["id"], "because": "somebody_else"}])
    assert end["status"] == "done"
    with tenant(world.alice.organization.pk):
        assert Document.objects.filter(pk=world.naming, deleted_at=None).exists()
        citing = [row for row in LlmJob.objects.filter(erased_at=None) if world.naming in str(row.context_refs)]
        assert all(world.linked not in str(row.context_refs) for row in citing)


def test_notifications_of_another_organization_are_out_of_reach(world, charlie):
    """The functions of the database that cross readers stay inside the organization in scope."""
    with tenant(charlie.organization.pk, charlie.user.pk):
        Notification.objects.create(user=charlie.user, kind="x", event_id=new_id(), subject_id=world.linked)
    with tenant(world.alice.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT notifications_forget(%s)", [world.linked])
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT notifications_expire(now() + interval '1 day', 100)")
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT notifications_subjects(%s::uuid[])", [[world.linked]])
        assert cursor.fetchall() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT notifications_expire(now() + interval '1 day', 100)")
        assert cursor.fetchone() == (0,), "outside any organization"
    with tenant(charlie.organization.pk, charlie.user.pk):
        assert Notification.objects.count() == 1


def test_an_answer_that_comes_while_the_person_is_erased_goes_too(api, world, monkeypatch):
    """The question was asked before, its answer is kept in the middle of the erasing."""
    ident = requested(api, world, "erasure")
    real, once = documents.purge_document, []

    def meanwhile(document):
        real(document)
        if not once:
            once.append(asked(api(world.bob), "Que doit Éloïse Durand ?"))

    monkeypatch.setattr(documents, "purge_document", meanwhile)
    end = erased(api, world, ident)
    assert once
    assert (end["status"], end["receipt"]["still_found"]) == ("done", 0)
    assert [mark for mark in MARKS if mark in everything(world.alice)] == []
