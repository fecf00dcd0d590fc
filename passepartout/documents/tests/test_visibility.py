"""Who sees which document: by organization, visibility, role."""

import pytest

from passepartout.clients.models import Client
from passepartout.documents.factories import uploaded
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"


def listed(client):
    return {row["id"] for row in client.get(URL).json()["results"]}


def status(client, ident, path=""):
    return client.get(f"{URL}{ident}/{path}").status_code


@pytest.fixture
def clients_of_alice(alice):
    with tenant(alice.organization.pk):
        return [Client.objects.create(name=name) for name in ("Mme Durand", "M. Martin")]


def portal(alice, client):
    return colleague(alice, f"{client.pk}@example.org", "client_portal", client_id=client.pk)


@pytest.mark.parametrize("path", ["", "status/", "chunks/", "file/", "pages/1.png"])
def test_another_organizations_document_is_not_there(api, alice, charlie, path):
    ident = uploaded(api(alice), "Bail")
    assert status(api(charlie), ident, path) == 404
    assert listed(api(charlie)) == set()


@pytest.mark.parametrize("path", ["", "status/", "chunks/", "file/", "pages/1.png"])
def test_a_private_document_is_its_uploaders_alone_and_not_even_the_administrators(api, alice, bob, path):
    ident = uploaded(api(bob), "Notes", visibility="private")
    assert status(api(alice), ident, path) == 404
    assert listed(api(alice)) == set()
    assert listed(api(bob)) == {ident}


def test_a_private_document_is_not_changed_nor_deleted_by_the_administrator(api, alice, bob):
    ident = uploaded(api(bob), "Notes", visibility="private")
    assert api(alice).patch(f"{URL}{ident}/", {"title": "vu"}).status_code == 404
    assert api(alice).post(f"{URL}{ident}/actions/delete/").status_code == 404


def test_a_clients_portal_sees_what_was_shared_with_that_client_only(api, alice, clients_of_alice):
    durand, martin = clients_of_alice
    owner = api(alice)
    internal = uploaded(owner, "interne", client=durand.pk)
    shared = uploaded(owner, "partagé", client=durand.pk, visibility="client")
    other = uploaded(owner, "pour l'autre", client=martin.pk, visibility="client")
    assert listed(api(portal(alice, durand))) == {shared}
    assert status(api(portal(alice, martin)), internal) == 404
    assert listed(owner) == {internal, shared, other}


def test_a_portal_without_a_client_sees_nothing_but_its_own(api, alice, clients_of_alice):
    shared = uploaded(api(alice), "partagé", client=clients_of_alice[0].pk, visibility="client")
    nobody = api(colleague(alice, "nobody@example.org", "client_portal"))
    assert listed(nobody) == set()
    assert status(nobody, shared) == 404


def test_what_a_portal_uploads_is_for_its_own_client_whatever_it_says(api, alice, clients_of_alice):
    durand, martin = clients_of_alice
    ident = uploaded(api(portal(alice, durand)), "mon bail", visibility="organization", client=martin.pk)
    body = api(alice).get(f"{URL}{ident}/").json()
    assert (body["visibility"], body["client"]) == ("client", str(durand.pk))
    assert listed(api(portal(alice, martin))) == set()


def test_a_portal_reads_what_was_shared_and_does_not_change_it(api, alice, clients_of_alice):
    durand, _ = clients_of_alice
    shared = uploaded(api(alice), "partagé", client=durand.pk, visibility="client")
    client = api(portal(alice, durand))
    assert client.get(f"{URL}{shared}/").json()["abilities"]["update"] is False
    assert client.patch(f"{URL}{shared}/", {"title": "à moi"}).status_code == 403
    own = uploaded(client, "mon mot")
    assert client.patch(f"{URL}{own}/", {"title": "à moi"}).json()["title"] == "à moi"


@pytest.mark.parametrize("role", ["warehouse_operator", "driver"])
def test_warehouse_and_drivers_see_their_own_uploads(api, alice, role):
    uploaded(api(alice), "bail")
    worker = api(colleague(alice, "field@example.org", role))
    own = uploaded(worker, "bon de livraison")
    assert listed(worker) == {own}
    assert own in listed(api(alice))


def test_an_auditor_reads_all_but_what_is_private_and_changes_nothing(api, alice, bob):
    shared, private = uploaded(api(alice), "bail"), uploaded(api(bob), "notes", visibility="private")
    auditor = api(colleague(alice, "auditor@example.org", "auditor"))
    assert listed(auditor) == {shared}
    assert status(auditor, private) == 404
    abilities = auditor.get(f"{URL}{shared}/").json()["abilities"]
    assert abilities == {"read": True, "download": True, "update": False} | dict.fromkeys(
        ["reindex", "retry", "delete", "restore"], False
    )
    assert auditor.patch(f"{URL}{shared}/", {"title": "x"}).status_code == 403
    assert auditor.post(f"{URL}{shared}/actions/delete/").status_code == 403


def test_a_provider_has_nothing_to_do_with_documents(api, alice):
    provider = api(colleague(alice, "provider@example.org", "provider_portal"))
    assert provider.get(URL).status_code == 403


def test_a_member_who_left_sees_nothing_at_once(api, alice):
    leaver = colleague(alice, "leaver@example.org", "concierge")
    client = api(leaver)
    ident = uploaded(client, "bail")
    with tenant(alice.organization.pk):
        from passepartout.tenancy.models import Membership

        Membership.objects.filter(user=leaver.user).update(active=False)
    assert status(client, ident) == 403


def test_lists_filter_by_status_title_client_and_project(api, alice, clients_of_alice):
    durand, _ = clients_of_alice
    client = api(alice)
    lease = uploaded(client, "un", title="Bail d'habitation", client=durand.pk)
    other = uploaded(client, "deux", title="Inventaire")
    found = {
        query: {row["id"] for row in client.get(f"{URL}?{query}").json()["results"]}
        for query in ("title=bail", f"client={durand.pk}", "status=uploaded", "status=indexed", "title=100%25")
    }
    assert found == {
        "title=bail": {lease},
        f"client={durand.pk}": {lease},
        "status=uploaded": {lease, other},
        "status=indexed": set(),
        "title=100%25": set(),
    }


@pytest.mark.parametrize("query", ["status=lost", "client=1", "title=%00", "project=x", "deleted=perhaps"])
def test_a_wrong_filter_is_refused(api, alice, query):
    assert api(alice).get(f"{URL}?{query}").status_code == 422


def test_the_list_is_filtered_by_one_state_or_by_any_of_several(api, alice):
    waiting = uploaded(api(alice), "Bail")
    client = api(alice)

    def in_states(*states):
        return {row["id"] for row in client.get(URL, {"status": states}).json()["results"]}

    assert in_states("uploaded") == {waiting}
    assert in_states("failed", "uploaded") == {waiting}
    assert in_states("failed", "rejected") == set()
    assert client.get(URL, {"status": ["uploaded", "anything"]}).status_code == 422
