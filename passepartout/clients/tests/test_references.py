"""References between tenant tables are composite: PostgreSQL itself refuses another organization's client."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from passepartout.clients import services
from passepartout.clients.models import Client, ClientContact, Project
from passepartout.kernel.errors import NotFound
from passepartout.kernel.scope import tenant
from passepartout.tenancy.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def foreign(alice, charlie):
    """A client of Charlie's organization."""
    with tenant(charlie.organization.pk, charlie.user.pk):
        return services.create_client(name="Client of Charlie").pk


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_service_does_not_find_another_organizations_client(alice, foreign):
    for ident in (foreign, uuid4()):
        with tenant(alice.organization.pk, alice.user.pk):
            with pytest.raises(NotFound):
                services.create_project(client=ident, name="x", kind="event")
            with pytest.raises(NotFound):
                services.create_contact(ident, name="x")


def _project(client):
    Project.objects.create(client_id=client, name="x", kind="event")
    check_now()


def _contact(client):
    ClientContact.objects.create(client_id=client, name="x")
    check_now()


def _member(client):
    Membership.objects.update(client_id=client)


@pytest.mark.parametrize("write", [_project, _contact, _member])
def test_the_database_refuses_it_even_when_no_service_asks(alice, foreign, write):
    for ident in (foreign, uuid4()):
        with pytest.raises(IntegrityError, match="foreign key"), tenant(alice.organization.pk, alice.user.pk):
            write(ident)


def test_a_row_cannot_be_moved_to_another_organization(alice, charlie, foreign):
    with tenant(alice.organization.pk, alice.user.pk):
        own = services.create_client(name="Mme Durand")
        services.create_project(client=own.pk, name="x", kind="event")
    with (
        pytest.raises(Exception, match="row-level security"),
        tenant(alice.organization.pk, alice.user.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE clients SET org_id = %s", [charlie.organization.pk])


def test_one_client_may_have_the_name_of_another_organizations(alice, charlie, foreign):
    with tenant(alice.organization.pk, alice.user.pk):
        services.create_client(name="Client of Charlie")
        assert Client.objects.count() == 1
