import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from embedded import roles
from embedded.errors import ProgramFailed
from embedded.postgres import PostgresServer, fitting_buffers_mb

PASSWORDS = roles.Passwords(owner="of the owner", app="of the app", reader="of the reader", writer="of the writer")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with postgres_at(tmp_path_factory.mktemp("cluster")) as server:
        server.start()
        server.wait_ready()
        roles.bootstrap(server.superuser_dsn, "platform", PASSWORDS)
        yield server


@contextmanager
def postgres_at(directory: Path, *, durable: bool = False) -> Iterator[PostgresServer]:
    """Not started. As root the cluster may live outside `directory`; it is removed in the end wherever it is."""
    server = PostgresServer(directory / "postgres", superuser_password="of the superuser", durable=durable)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.cluster.parent, ignore_errors=True)


def connected(server: PostgresServer, user: str, password: str, database: str = "platform") -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1", port=server.port, user=user, password=password, dbname=database, autocommit=True
    )


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(1, 128), (2, 128), (8, 512), (16, 1024), (256, 1024)])
def test_buffers_are_a_sixteenth_of_the_memory_within_bounds(gigabytes: int, megabytes: int) -> None:
    assert fitting_buffers_mb(gigabytes * 2**30) == megabytes


def test_a_wrong_password_is_refused_on_loopback(server: PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connected(server, roles.APP, "a guess")
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", dbname="postgres", passfile="/dev/null")


def test_only_loopback_is_listened_to(server: PostgresServer) -> None:
    with psycopg.connect(server.superuser_dsn) as connection:
        shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in ("listen_addresses", "port")}
        sockets = connection.execute("SHOW unix_socket_directories").fetchone()
    assert shown == {"listen_addresses": ("127.0.0.1",), "port": (str(server.port),)}
    assert sockets == ("",)


@pytest.mark.parametrize(
    "forbidden",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "SET ROLE passepartout_owner",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "ALTER ROLE passepartout_app BYPASSRLS",
    ],
)
def test_the_app_role_may_not(server: PostgresServer, forbidden: str) -> None:
    with (
        connected(server, roles.APP, "of the app") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(forbidden)


def test_the_owner_owns_the_database_but_is_bound_by_row_level_security(server: PostgresServer) -> None:
    rights = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = user"
    with connected(server, roles.OWNER, "of the owner") as connection:
        assert connection.execute(rights).fetchone() == (False, False, False, False)
        connection.execute("CREATE TABLE theirs (id int, place vector(3))")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE DATABASE mine")
        connection.execute("DROP TABLE theirs")


def test_bootstrapping_again_keeps_what_is_there_and_sets_the_passwords(server: PostgresServer) -> None:
    with connected(server, roles.OWNER, "of the owner") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS id")
    roles.bootstrap(server.superuser_dsn, "platform", replace(PASSWORDS, app="another"), owner_creates_databases=True)
    with connected(server, roles.APP, "another") as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == (roles.APP,)
    with connected(server, roles.OWNER, "of the owner") as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (42,)
        connection.execute("CREATE DATABASE copied")
    with connected(server, roles.OWNER, "of the owner", "copied") as connection:
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,3]'::vector").fetchone() == (1.0,)
    with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE copied")
    roles.bootstrap(server.superuser_dsn, "platform", PASSWORDS)


def test_text_is_utf8_with_the_builtin_collation(server: PostgresServer) -> None:
    question = "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = %s"
    with psycopg.connect(server.superuser_dsn) as connection:
        assert connection.execute(question, ["platform"]).fetchone() == ("b", "C.UTF-8", "UTF8")
        assert connection.execute("SELECT upper('éàœ')").fetchone() == ("ÉÀŒ",)


def test_committed_rows_survive_kill_9_and_the_port_stays(tmp_path: Path) -> None:
    with postgres_at(tmp_path, durable=True) as server:
        server.start()
        server.wait_ready()
        port = server.port
        with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id")
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        again = PostgresServer(tmp_path / "postgres", superuser_password="of the superuser")
        again.start()
        again.wait_ready()
        with psycopg.connect(again.superuser_dsn) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
        assert again.port == port
        again.stop()


def test_a_stop_does_not_wait_for_clients_that_stay(tmp_path: Path) -> None:
    with postgres_at(tmp_path) as server:
        server.start()
        server.wait_ready()
        client = psycopg.connect(server.superuser_dsn)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 10
        client.close()


def test_an_interrupted_initdb_is_done_again(tmp_path: Path) -> None:
    with postgres_at(tmp_path) as server:
        server.prepare()
        server.cluster.rename(server.cluster.with_name("cluster.new"))
        (server.cluster.with_name("cluster.new") / "PG_VERSION").unlink()
        server.start()
        server.wait_ready()
        assert (server.cluster / "PG_VERSION").read_text().strip() == "18"


def test_a_broken_configuration_fails_with_the_reason(tmp_path: Path) -> None:
    with postgres_at(tmp_path) as server:
        server.prepare()
        (server.cluster / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
        server.start()
        with pytest.raises(ProgramFailed, match="no_such_setting"):
            server.wait_ready(restarts=1)
