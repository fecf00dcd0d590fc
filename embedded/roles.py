"""Login roles and the database: cluster-wide objects, so they are made here and not by migrations. Safe to repeat."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from embedded.hardening import harden

OWNER = "passepartout_owner"
APP = "passepartout_app"
# They run the SQL that a model proposed and a person approved: one reads views, one changes what a proposal may.
READER = "passepartout_reader"
WRITER = "passepartout_writer"
_LOCK = 0x70617373  # one bootstrap at a time on a cluster
_CONFINED = (
    "SET statement_timeout = '10s'",
    "SET lock_timeout = '2s'",
    "SET idle_in_transaction_session_timeout = '20s'",
    "SET search_path = pg_catalog",
    "SET work_mem = '8MB'",
    "SET TimeZone = 'UTC'",
    "SET temp_file_limit = '256MB'",
    "CONNECTION LIMIT 16",
)


@dataclass(frozen=True)
class Passwords:
    owner: str
    app: str
    reader: str
    writer: str


def bootstrap(
    superuser_dsn: str,
    database: str,
    passwords: Passwords,
    *,
    owner_creates_databases: bool = False,
    with_template: bool = True,
) -> None:
    """Create or repair the roles, the database and its rights.

    The owner owns the database and its schema and is bound by row-level security like everybody (no BYPASSRLS); the
    app role owns nothing and may create nothing. `owner_creates_databases` is for test runs; `with_template` prepares
    template1 too, for databases that are made later. Raises psycopg.Error.
    """
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _ensure_role(connection, OWNER, passwords.owner, creates_databases=owner_creates_databases)
        for name, password in ((APP, passwords.app), (READER, passwords.reader), (WRITER, passwords.writer)):
            _ensure_role(connection, name, password, creates_databases=False)
        _confine(connection)
        _ensure_database(connection, database)
    # A database created later (by a test run) is a copy of template1, and only a superuser may do these two.
    for name in ["template1", database] if with_template else [database]:
        with psycopg.connect(superuser_dsn, dbname=name, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        with psycopg.connect(superuser_dsn, dbname=name) as connection:
            harden(connection, trusted=[OWNER, APP], confined=[READER, WRITER])
    with psycopg.connect(superuser_dsn, dbname=database) as connection:
        _restrict(connection, database)


def _ensure_role(connection: psycopg.Connection, name: str, password: str, *, creates_databases: bool) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    rights = "NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION " + ("CREATEDB" if creates_databases else "NOCREATEDB")
    connection.execute(
        sql.SQL("{verb} ROLE {name} LOGIN {rights} PASSWORD {password}").format(
            verb=sql.SQL("ALTER" if known else "CREATE"),
            name=sql.Identifier(name),
            rights=sql.SQL(rights),
            password=sql.Literal(password),
        )
    )


def _confine(connection: psycopg.Connection) -> None:
    for role in (READER, WRITER):
        for limit in _CONFINED:
            connection.execute(sql.SQL("ALTER ROLE {role} {limit}").format(
                role=sql.Identifier(role), limit=sql.SQL(limit)))  # fmt: skip
    connection.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(sql.Identifier(READER)))


def _ensure_database(connection: psycopg.Connection, database: str) -> None:
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(OWNER)}
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    verb = "ALTER DATABASE {database} OWNER TO {owner}" if known else "CREATE DATABASE {database} OWNER {owner}"
    connection.execute(sql.SQL(verb).format(**names))


def _restrict(connection: psycopg.Connection, database: str) -> None:
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(OWNER), "app": sql.Identifier(APP)}
    confined = sql.SQL(", ").join([sql.Identifier(READER), sql.Identifier(WRITER)])
    for statement in (
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {app}, {confined}",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "REVOKE CREATE ON SCHEMA public FROM {app}",
    ):
        connection.execute(sql.SQL(statement).format(confined=confined, **names))
