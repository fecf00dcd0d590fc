"""Writing the audit log: with the action or not at all, and never another way."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from passepartout.audit import selectors
from passepartout.audit.services import record, seal_all
from passepartout.kernel.errors import ScopeMissing
from passepartout.kernel.logs import request_id
from passepartout.kernel.scope import scope, tenant

ORGANIZATION, OTHER, USER = uuid4(), uuid4(), uuid4()
pytestmark = pytest.mark.django_db


def actions(organization=ORGANIZATION):
    with tenant(organization):
        return [line.action_type for line in selectors.recent()]


def test_without_a_scope_nothing_is_recorded():
    with pytest.raises(ScopeMissing):
        record("x.done")


def test_inside_a_scope_but_outside_its_transaction_nothing_is_recorded():
    with scope(organization=ORGANIZATION), pytest.raises(ScopeMissing):
        record("x.done")


def test_a_user_without_an_organization_records_nothing():
    with pytest.raises(DatabaseError, match="outside a tenant scope"), tenant(None, USER):
        record("x.done")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_logs SET action_type = 'nothing'",
        "DELETE FROM audit_logs",
        "UPDATE audit_seals SET hash = ''",
        "DELETE FROM audit_seals",
        "DELETE FROM audit_pending",
        "TRUNCATE audit_logs",
        "INSERT INTO audit_pending (log_id, org_id) VALUES (gen_random_uuid(), app_current_org())",
        "INSERT INTO audit_logs SELECT * FROM audit_logs",
        "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE sql AS ''",
    ],
)
def test_the_runtime_role_writes_no_other_way(sql):
    with tenant(ORGANIZATION, USER):
        record("x.done")
    seal_all()
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), tenant(ORGANIZATION, USER):
        connection.cursor().execute(sql)
    assert actions() == ["x.done"]


@pytest.mark.django_db(transaction=True)
def test_even_the_owner_of_the_tables_is_stopped_by_the_triggers(as_owner_of_the_database):
    with tenant(ORGANIZATION, USER):
        record("x.done")
    for sql in ("UPDATE audit_logs SET action_type = 'nothing'", "DELETE FROM audit_logs"):
        with as_owner_of_the_database(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL rls.maintenance = 'on'")
            with pytest.raises(DatabaseError, match="append-only"):
                cursor.execute(sql)
            transaction.set_rollback(True)
    assert actions() == ["x.done"]


@pytest.mark.django_db(transaction=True)
def test_an_action_that_fails_leaves_no_line():
    def fail_after_recording():
        with tenant(ORGANIZATION, USER):
            record("x.done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()
    assert actions() == []


def test_a_line_belongs_to_the_scope_in_force_and_to_nobody_else():
    with tenant(ORGANIZATION, USER):
        record("x.done")
    assert actions() == ["x.done"]
    assert actions(OTHER) == []


def test_a_line_tells_who_did_what_to_which_object_in_which_request(alice):
    token = request_id.set("request-1")
    try:
        with tenant(alice.organization.pk, alice.user.pk):
            record("x.done", alice.user, detail={"fields": ["a"], "id": USER}, approved_by=USER, sql_query="SELECT 1")
            line = selectors.recent().first()
    finally:
        request_id.reset(token)
    assert (line.action_type, line.object_type, line.object_id) == ("x.done", "users", str(alice.user.pk))
    assert (line.user_id, line.org_id, line.approved_by) == (alice.user.pk, alice.organization.pk, USER)
    assert (line.request_id, line.sql_query) == ("request-1", "SELECT 1")
    assert line.detail == {"fields": ["a"], "id": str(USER)}
