"""A PostgreSQL of one's own, prepared once."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from embedded.external import prepare
from embedded.gate_findings import gate_findings
from embedded.hardening import harden
from embedded.postgres import PostgresServer
from embedded.roles import APP, OWNER, READER, WRITER
from embedded.tests.test_postgres import postgres_at


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with postgres_at(Path(tmp_path_factory.mktemp("external"))) as server:
        server.start()
        server.wait_ready()
        yield server


def test_the_gates_roles_log_in_and_reach_nothing_of_the_catalogue(server: PostgresServer) -> None:
    settings = prepare(_url(server), "theirs")
    for name in ("SQL_READER_URL", "SQL_WRITER_URL"):
        with psycopg.connect(settings[name], autocommit=True) as session:
            assert session.execute("SELECT 1 + 1").fetchone() == (2,)
            for refused in ("SELECT pg_sleep(1)", "SELECT relname FROM pg_class", "CREATE TABLE x (id int)"):
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
                    session.execute(refused)
    with psycopg.connect(settings["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("CREATE TABLE x (v vector(3))")
        assert owner.execute("SELECT count(*) > 100 FROM pg_class").fetchone() == (True,)


def test_other_databases_of_the_server_stay_as_they_were(server: PostgresServer) -> None:
    with psycopg.connect(server.superuser_dsn, autocommit=True) as superuser:
        superuser.execute("CREATE DATABASE another")
    settings = prepare(_url(server), "theirs")
    with psycopg.connect(settings["DATABASE_URL"], dbname="another") as anybody:
        assert anybody.execute("SELECT count(*) > 100 FROM pg_class").fetchone() == (True,)


@pytest.fixture(scope="module")
def migrated(server: PostgresServer) -> dict[str, str]:
    """A database of one's own as migrations leave it, as far as the gate is concerned."""
    settings = prepare(_url(server), "checked")
    with psycopg.connect(settings["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("CREATE SCHEMA ai; CREATE TABLE things (id int); CREATE VIEW ai.things AS SELECT id FROM things")
        owner.execute("GRANT USAGE ON SCHEMA ai TO passepartout_reader, passepartout_writer")
        owner.execute("GRANT SELECT ON ai.things TO passepartout_reader, passepartout_writer")
        owner.execute("GRANT SELECT (id), UPDATE (id) ON things TO passepartout_writer")
    return settings


def _said(settings: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {finding.name: (finding.level, finding.text) for finding in gate_findings(settings)}


NAMES = ["gate login", "gate roles", "gate limits", "gate hidden", "gate calls", "gate views"]


def test_the_doctor_finds_every_layer_of_a_server_that_was_prepared(migrated: dict[str, str]) -> None:
    said = _said(migrated)
    assert [(name, level) for name, (level, _) in said.items()] == [(name, "ok") for name in NAMES]
    assert all("\n" not in text and len(text) < 200 for _, text in said.values())


@pytest.mark.parametrize(
    ("spoil", "repair", "name", "because"),
    [
        ("ALTER ROLE passepartout_reader SUPERUSER", "ALTER ROLE passepartout_reader NOSUPERUSER", "gate roles",
         "superuser"),
        ("ALTER ROLE passepartout_writer BYPASSRLS", "ALTER ROLE passepartout_writer NOBYPASSRLS", "gate roles",
         "row-level security"),
        ("GRANT pg_read_all_data TO passepartout_reader", "REVOKE pg_read_all_data FROM passepartout_reader",
         "gate roles", "member"),
        ("ALTER ROLE passepartout_reader SET statement_timeout = 0",
         "ALTER ROLE passepartout_reader SET statement_timeout = '10s'", "gate limits", "statement_timeout is 0 s"),
        ("ALTER ROLE passepartout_reader SET default_transaction_read_only = off",
         "ALTER ROLE passepartout_reader SET default_transaction_read_only = on", "gate limits", "read only"),
        ("GRANT SELECT ON pg_catalog.pg_class TO PUBLIC", "REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC",
         "gate hidden", "pg_class"),
        ("GRANT EXECUTE ON FUNCTION pg_sleep(float8) TO PUBLIC",
         "REVOKE EXECUTE ON FUNCTION pg_sleep(float8) FROM PUBLIC", "gate calls", "pg_sleep"),
        ("GRANT SELECT ON public.things TO passepartout_reader",
         "REVOKE SELECT ON public.things FROM passepartout_reader", "gate views", "things"),
        ("GRANT SELECT (id) ON public.things TO passepartout_reader",
         "REVOKE SELECT (id) ON public.things FROM passepartout_reader", "gate views", "things"),
    ],
)  # fmt: skip
def test_the_doctor_names_the_layer_that_is_missing(
    server: PostgresServer, migrated: dict[str, str], spoil: str, repair: str, name: str, because: str
) -> None:
    with psycopg.connect(server.superuser_dsn, dbname="checked", autocommit=True) as superuser:
        superuser.execute(spoil)
        try:
            level, text = _said(migrated)[name]
        finally:
            superuser.execute(repair)
    assert (level, because in text) == ("bad", True), text
    assert _said(migrated)[name][0] == "ok"


def test_a_catalogue_that_an_older_version_hardened_is_hardened_again(
    server: PostgresServer, migrated: dict[str, str]
) -> None:
    with psycopg.connect(server.superuser_dsn, dbname="checked", autocommit=True) as superuser:
        superuser.execute("GRANT EXECUTE ON FUNCTION pg_catalog.substring(text, text) TO passepartout_reader")
        superuser.execute("REVOKE EXECUTE ON FUNCTION make_date(int, int, int) FROM passepartout_reader")
        harden(superuser, trusted=[OWNER, APP], confined=[READER, WRITER])
        rights = superuser.execute(
            "SELECT has_function_privilege(%(role)s, 'substring(text, text)', 'execute'), "
            "has_function_privilege(%(role)s, 'make_date(int, int, int)', 'execute')", {"role": READER}
        ).fetchone()  # fmt: skip
    assert rights == (False, True)


def test_the_doctor_says_what_a_server_lacks_that_was_not_prepared(
    server: PostgresServer, migrated: dict[str, str]
) -> None:
    with psycopg.connect(server.superuser_dsn, autocommit=True) as superuser:
        superuser.execute("CREATE DATABASE bare OWNER passepartout_owner TEMPLATE template0")
    bare = {name: url.replace("/checked", "/bare") for name, url in migrated.items()}
    said = _said(bare)
    assert [name for name, (level, _) in said.items() if level == "bad"] == ["gate hidden", "gate calls", "gate views"]
    assert "embedded.external" in said["gate hidden"][1]


def test_the_doctor_says_which_login_fails_and_repeats_no_password(migrated: dict[str, str]) -> None:
    wrong = migrated | {
        "SQL_READER_URL": migrated["SQL_READER_URL"].replace("passepartout_reader:", "passepartout_reader:x")
    }
    ((name, (level, text)),) = _said(wrong).items()
    assert (name, level) == ("gate login", "bad")
    assert text.startswith("SQL_READER_URL: ")
    assert str(urlsplit(wrong["SQL_READER_URL"]).password) not in text


def test_without_the_roles_the_doctor_notes_what_that_means(migrated: dict[str, str]) -> None:
    assert _said({"DATABASE_URL": migrated["DATABASE_URL"]})["gate"][0] == "note"
    assert _said({}) == {}


def test_one_role_for_both_is_no_gate(migrated: dict[str, str]) -> None:
    level, text = _said(migrated | {"SQL_WRITER_URL": migrated["SQL_READER_URL"]})["gate roles"]
    assert (level, "three roles" in text) == ("bad", True)


def _url(server: PostgresServer) -> str:
    return f"postgresql://postgres:of the superuser@127.0.0.1:{server.port}/postgres".replace(" ", "%20")
