"""The tenant scope fails closed."""

import pytest
from django.db import ProgrammingError, connection, transaction

from passepartout.clients.models import Client
from passepartout.kernel.errors import EngineCallInTransaction, ScopeMissing
from passepartout.kernel.scope import engine_call, scope, tenant, tenant_transaction

pytestmark = pytest.mark.django_db


def test_reading_a_tenant_table_without_a_scope_raises(alice):
    with pytest.raises(ScopeMissing):
        list(Client.objects.all())


def test_reading_inside_a_scope_but_outside_a_transaction_raises(alice):
    with scope(organization=alice.organization.pk), pytest.raises(ScopeMissing):
        Client.objects.count()


def test_writing_without_a_scope_raises(alice):
    with pytest.raises(ScopeMissing):
        Client.objects.filter(vat="x").update(vat="y")


def test_raw_sql_without_a_scope_finds_nothing(alice):
    with tenant(alice.organization.pk):
        Client.objects.create(name="Mme Durand")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM clients")
        assert cursor.fetchone() == (0,)


def test_charlie_sees_none_of_alices_rows(alice, charlie):
    with tenant(alice.organization.pk):
        client = Client.objects.create(name="Mme Durand")
    with tenant(charlie.organization.pk):
        assert list(Client.objects.all()) == []
        assert Client.objects.filter(pk=client.pk).update(vat="stolen") == 0
        assert Client.objects.filter(pk=client.pk).delete()[0] == 0


def test_charlie_cannot_write_into_alices_organization(alice, charlie):
    with (
        tenant(charlie.organization.pk),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        Client.objects.create(org=alice.organization, name="planted")


def test_an_inner_scope_gives_the_outer_one_back(alice, charlie):
    with tenant(alice.organization.pk):
        Client.objects.create(name="Mme Durand")
        with tenant(charlie.organization.pk):
            assert Client.objects.count() == 0
        assert Client.objects.count() == 1


def test_an_inner_scope_that_fails_gives_the_outer_one_back(alice, charlie):
    with tenant(alice.organization.pk):
        Client.objects.create(name="Mme Durand")
        with pytest.raises(ZeroDivisionError), tenant(charlie.organization.pk):
            _ = 1 / 0
        assert Client.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_scope_is_left_on_the_connection(alice):
    with tenant(alice.organization.pk):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_current_org(), app_current_user()")
        assert cursor.fetchone() == (None, None)


def test_an_engine_may_not_be_called_inside_a_tenant_transaction(alice):
    with scope(organization=alice.organization.pk):
        with engine_call():
            pass
        with tenant_transaction(), pytest.raises(EngineCallInTransaction), engine_call():
            pass
