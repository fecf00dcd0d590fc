import pytest

from passepartout.clients.services import create_client, create_contact, create_project
from passepartout.documents.factories import indexed
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague

from .world import EMAIL, LEASE, LETTER, NOTES, OTHER, PHONE, World, asked, plant


@pytest.fixture
def world(api, alice, bob):
    with tenant(alice.organization.pk, alice.user.pk):
        client = create_client(name="Éloïse Durand", kind="person", email=EMAIL, phone=PHONE, address="3 rue Durand")
        create_project(client=client.pk, name="Villa Durand", kind="event")
        company = create_client(name="Parc SA")
        create_contact(company.pk, name="Éloïse Durand", email=EMAIL.upper())
        create_contact(company.pk, name="Paul Martin", email="paul@example.org")
    eloise = colleague(alice, EMAIL, "client_portal", client_id=client.pk)
    made = World(
        alice,
        bob,
        eloise,
        client.pk,
        linked=indexed(api(alice), alice, LEASE, "bail-durand.txt", client=str(client.pk)),
        naming=indexed(api(alice), alice, LETTER, "courrier.txt"),
        private=indexed(api(bob), bob, NOTES, "notes.txt", visibility="private"),
        other=indexed(api(alice), alice, OTHER, "verger.txt"),
    )
    asked(api(bob), "Quel est le dépôt de garantie ?")
    asked(api(bob), "Quand la mirabelle se paie-t-elle ?", document_ids=[made.other])
    asked(api(alice), "Que préfère Éloïse Durand ?")
    plant(made)
    return made
