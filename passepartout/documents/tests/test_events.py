"""What is told of documents, and to whom."""

from uuid import UUID

import pytest

from engines.errors import EngineRejected
from passepartout.clients.services import create_client
from passepartout.documents import indexing
from passepartout.documents.factories import document_row, indexed, sent, uploaded, work
from passepartout.documents.models import Document
from passepartout.documents.telling import audience_of
from passepartout.kernel.events import Audience, unpack
from passepartout.kernel.scope import tenant
from passepartout.lifecycle.models import OutboxEvent

pytestmark = pytest.mark.django_db


def told(person):
    """(kind, subject) of all that was published, and the last event."""
    with tenant(person.organization.pk):
        rows = list(OutboxEvent.objects.order_by("pk"))
    return [row.kind for row in rows], unpack(rows[-1].kind, rows[-1].payload) if rows else None


def test_what_was_refused_is_not_told(api, alice):
    assert sent(api(alice), b"\x00\x01", "x.exe").status_code == 415
    assert told(alice) == ([], None)


def test_a_document_is_told_to_those_who_may_see_it_from_its_upload_to_its_index(api, alice):
    ident = indexed(api(alice), alice, "Le portail ouvre à huit heures.")
    kinds, last = told(alice)
    assert kinds == ["document.uploaded", "document.indexed"]
    with tenant(alice.organization.pk):
        live = Document.objects.get(pk=ident).live_version
    assert (last.subject, last.status, last.version, last.uploader) == (UUID(ident), "indexed", live, alice.user.pk)
    assert last.audience == Audience("documents", users=(alice.user.pk,))


def test_events_hold_ids_and_states_and_nothing_to_read(api, alice):
    indexed(api(alice), alice, "Mme Durand habite au 12, rue des Lilas.", "Durand.txt")
    with tenant(alice.organization.pk):
        text = str(list(OutboxEvent.objects.values_list("payload", flat=True)))
    assert not any(word in text for word in ("Durand", "Lilas", "example.org"))


def test_a_file_that_is_at_fault_is_told_as_rejected_and_our_own_fault_as_failed(api, alice, monkeypatch):
    uploaded(api(alice), "   \n  \n", "blank.txt")
    work(alice.organization)
    assert (told(alice)[0][-1], told(alice)[1].error) == ("document.rejected", "no_text")

    def broken(*_):
        raise EngineRejected("no")

    monkeypatch.setattr(indexing, "_read", broken)
    ident = uploaded(api(alice), "Le portail ouvre à huit heures.")
    work(alice.organization)
    kinds, last = told(alice)
    assert (kinds[-1], last.status, last.subject) == ("document.failed", "failed", UUID(ident))


def test_deleting_restoring_changing_and_indexing_again_are_told(api, alice):
    client = api(alice)
    ident = indexed(client, alice, "Le portail ouvre à huit heures.")
    client.patch(f"/api/v1/documents/{ident}/", {"title": "Consignes"})
    for action in ("delete", "restore", "reindex"):
        assert client.post(f"/api/v1/documents/{ident}/actions/{action}/").status_code == 200
    assert told(alice)[0][2:] == ["document.changed", "document.deleted", "document.restored", "document.changed"]


def test_what_could_not_be_done_is_not_told(api, alice, charlie):
    ident = indexed(api(alice), alice, "Le portail ouvre à huit heures.")
    before = told(alice)[0]
    assert api(alice).post(f"/api/v1/documents/{ident}/actions/restore/").status_code in {404, 409}
    assert api(charlie).post(f"/api/v1/documents/{ident}/actions/delete/").status_code == 404
    assert told(alice)[0] == before
    assert told(charlie)[0] == []


def test_a_private_document_is_told_to_its_uploader_alone(alice, bob):
    with tenant(alice.organization.pk, alice.user.pk):
        assert audience_of(document_row(uploader=bob.user, visibility="private")) == Audience(users=(bob.user.pk,))
        assert audience_of(document_row(visibility="private")) == Audience()


def test_a_clients_document_is_told_to_the_house_and_to_that_client(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        client = create_client(name="Mme Durand")
        row = document_row(uploader=alice.user, visibility="client", client=client)
        assert audience_of(row) == Audience("documents", users=(alice.user.pk,), client=client.pk)
        row.visibility = "organization"
        assert audience_of(row) == Audience("documents", users=(alice.user.pk,))
