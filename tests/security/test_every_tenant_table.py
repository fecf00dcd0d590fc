"""The catalogue itself: no table of a tenant without forced row-level security, no right too many."""

import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.django_db

# Tables that hold no tenant's rows, and why.
GLOBAL = {
    "users": "a person may belong to several organizations",
    "refresh_tokens": "belongs to a user, read by hash only",
    "organizations": "is the tenant itself: policy on id",
    "django_migrations": "Django's own",
    "django_content_type": "Django's own",
    "auth_group": "Django's own, unused",
    "auth_group_permissions": "Django's own, unused",
    "auth_permission": "Django's own, unused",
    "axes_accessattempt": "failed sign-ins, before a tenant is known",
    "axes_accessattemptexpiration": "failed sign-ins, before a tenant is known",
    "axes_accesslog": "unused",
    "axes_accessfailurelog": "unused",
}


def rows(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


TABLES = (
    "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner), "
    "EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped), "
    "EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant') "
    "FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
)


def test_every_table_is_a_tenants_or_known_to_be_global():
    unknown = {name for name, *_, has_org, _policy in rows(TABLES) if not has_org} - set(GLOBAL)
    assert unknown == set()


def test_every_tenant_table_forces_its_policy():
    open_tables = [
        name
        for name, enabled, forced, _, has_org, policy in rows(TABLES)
        if (has_org or name == "organizations") and not (enabled and forced and policy)
    ]
    assert open_tables == []


def test_the_runtime_role_owns_nothing_and_bypasses_nothing():
    role = settings.DATABASE_APP_ROLE
    assert rows("SELECT current_user") == [(role,)]
    assert rows("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s", role) == [
        (False, False, False, False)
    ]
    assert [
        name for name, *_, owner, _, _ in [(r[0], r[1], r[2], r[3], r[4], r[5]) for r in rows(TABLES)] if owner == role
    ] == []


def test_nobody_but_the_owner_may_truncate():
    assert rows("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                "AND has_table_privilege(current_user, oid, 'TRUNCATE')") == []  # fmt: skip


def test_references_between_tenant_tables_are_composite():
    """A foreign key is checked without row-level security: alone on (x_id) it accepts another tenant's row."""
    single = rows(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint k "
        "WHERE contype = 'f' AND array_length(conkey, 1) = 1 "
        "AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'org_id') "
        "AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'org_id')"
    )
    assert single == []


def test_views_do_not_run_with_their_owners_rights():
    assert rows("SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace "
                "AND NOT coalesce(reloptions::text LIKE '%%security_invoker=true%%', false)") == []  # fmt: skip


def test_security_definer_functions_fix_their_search_path_and_are_not_public():
    loose = rows(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef AND "
        "(NOT coalesce(array_to_string(proconfig, ',') LIKE '%%search_path=%%', false) "
        " OR has_function_privilege('public', oid, 'EXECUTE'))"
    )
    assert loose == []


def test_the_runtime_role_gains_nothing_by_saying_that_it_maintains(charlie):
    rows("SELECT set_config('rls.maintenance', 'on', true)")
    assert rows("SELECT id FROM memberships") == []
