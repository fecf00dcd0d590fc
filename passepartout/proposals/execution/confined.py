"""Connections of the gate's own two roles: one for each execution, so that no statement leaves anything to the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection as platform
from psycopg import sql

from passepartout.kernel.errors import Unavailable

TOKEN_SECONDS = 30
CONNECT_SECONDS = 3
# The database's own text may quote a value: it goes to the log of the database and no further.
CODES = {
    psycopg.errors.QueryCanceled: "sql_timeout",
    psycopg.errors.LockNotAvailable: "sql_busy",
    psycopg.errors.InsufficientPrivilege: "sql_denied",
    psycopg.errors.DataError: "sql_values",
    psycopg.errors.IntegrityError: "sql_conflict",
}


class Failed(Exception):
    """The database did not run a statement that the gate let through. ``code`` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Place:
    """Whose rows, and where their days begin: `date_trunc('day', now())` means midnight there."""

    organization: UUID
    zone: str = "UTC"


@contextmanager
def reader(place: Place) -> Iterator[psycopg.Connection]:
    """A read-only transaction in which the views show this organization; always rolled back.

    Raises Failed, and Unavailable when the role is not configured or its database is away.
    """
    with _connected(settings.SQL_READER_URL, place) as connection:
        yield connection


@contextmanager
def writer(place: Place, *, actor: UUID | None = None) -> Iterator[psycopg.Connection]:
    """A transaction in which the writing role acts for this organization. Rolled back unless its user commits."""
    with _connected(settings.SQL_WRITER_URL, place, actor) as connection:
        yield connection


@contextmanager
def _connected(url: str, place: Place, actor: UUID | None = None) -> Iterator[psycopg.Connection]:
    if not url:
        raise Unavailable("Statements cannot be run: the roles of the gate are not configured.", code="sql_off")
    try:
        connection = psycopg.connect(url, dbname=platform.settings_dict["NAME"], connect_timeout=CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        raise Unavailable("Statements cannot be run now.", code="sql_off") from error
    try:
        _sign(connection, place, actor)
        yield connection
    except psycopg.Error as error:
        raise Failed(_code(error)) from error
    finally:
        connection.close()  # whatever was not committed is rolled back


def _sign(connection: psycopg.Connection, place: Place, actor: UUID | None) -> None:
    """Say whose rows these are. The roles may not call set_config; SET takes no parameters, so literals are made."""
    with platform.cursor() as cursor:
        cursor.execute(
            "SELECT gate.issue(%s, %s, %s)", [place.organization, connection.info.backend_pid, TOKEN_SECONDS]
        )
        token = cursor.fetchone()[0]
    said = {
        "app.sql_token": token,
        "app.org_id": str(place.organization),
        "app.user_id": str(actor or ""),
        "TimeZone": place.zone,
    }
    settings_of = [
        sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), sql.Literal(value)) for name, value in said.items()
    ]
    connection.execute(sql.SQL("; ").join(settings_of))  # ours alone, so in one message


def _code(error: psycopg.Error) -> str:
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), "sql_failed")
