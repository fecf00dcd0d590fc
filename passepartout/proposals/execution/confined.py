"""Connections of the gate's own two roles: one for each execution, so that no statement leaves anything to the next."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection as platform
from psycopg import sql

from passepartout.kernel.errors import Unavailable

TOKEN_SECONDS = 30
CONNECT_SECONDS = 3
_logging_in = ThreadPoolExecutor(8, thread_name_prefix="gate")
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


class Session:
    """One of the gate's roles, logging in while its user does something else. For one execution, then closed.

    Logging in takes longer than most statements; a session that is kept would spare it, and leave to the next statement
    what one has done.
    """

    def __init__(self, url: str) -> None:
        database = platform.settings_dict["NAME"]
        self._connecting = _logging_in.submit(_connect, url, database) if url else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connecting is not None:
            self._connecting.add_done_callback(_close)  # whatever was not committed is rolled back

    def connection(self) -> psycopg.Connection:
        """Raises Unavailable when the role is not configured or its database is away."""
        if self._connecting is None:
            raise Unavailable("Statements cannot be run: the roles of the gate are not configured.", code="sql_off")
        try:
            return self._connecting.result()
        except psycopg.OperationalError as error:
            raise Unavailable("Statements cannot be run now.", code="sql_off") from error


def reading() -> Session:
    """To be left as soon as it was used, or is not needed."""
    return Session(settings.SQL_READER_URL)


def writing() -> Session:
    return Session(settings.SQL_WRITER_URL)


@contextmanager
def reader(place: Place, session: Session | None = None) -> Iterator[psycopg.Connection]:
    """A read-only transaction in which the views show this organization; always rolled back.

    Raises Failed, and Unavailable when the role is not configured or its database is away.
    """
    with session or reading() as opened, _confined(opened, place) as connection:
        yield connection


@contextmanager
def writer(place: Place, session: Session | None = None, *, actor: UUID | None = None) -> Iterator[psycopg.Connection]:
    """A transaction in which the writing role acts for this organization. Rolled back unless its user commits."""
    with session or writing() as opened, _confined(opened, place, actor) as connection:
        yield connection


@contextmanager
def _confined(session: Session, place: Place, actor: UUID | None = None) -> Iterator[psycopg.Connection]:
    connection = session.connection()
    try:
        _sign(connection, place, actor)
        yield connection
    except psycopg.Error as error:
        raise Failed(_code(error)) from error


def _connect(url: str, database: str) -> psycopg.Connection:
    return psycopg.connect(url, dbname=database, connect_timeout=CONNECT_SECONDS)


def _close(connecting: Future[psycopg.Connection]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()


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
        # A backslash is a character, whatever the server was told: the text was checked as it is read then.
        "standard_conforming_strings": "on",
    }
    settings_of = [
        sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), sql.Literal(value)) for name, value in said.items()
    ]
    with connection.pipeline():  # in one round trip
        for each in settings_of:
            connection.execute(each)


def _code(error: psycopg.Error) -> str:
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), "sql_failed")
