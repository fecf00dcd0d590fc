"""A PostgreSQL of one's own, prepared once."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded.external import prepare
from embedded.postgres import PostgresServer
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


def _url(server: PostgresServer) -> str:
    return f"postgresql://postgres:of the superuser@127.0.0.1:{server.port}/postgres".replace(" ", "%20")
