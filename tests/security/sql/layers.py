"""Run statements as if some layers of the gate were not there, and tell what then leaks, changes or hurts.

`tests/security/sql/test_layers.py` proves with it that the attack suite bites; `benchmarks/sql_gate.py` measures the
table of docs/adr with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql
from sqlglot import exp

from passepartout.kernel.sqlviews import SCHEMA
from passepartout.proposals.analysis import Read, Refused, analyse
from passepartout.proposals.execution import confined, reads

from . import Statement
from .world import CATALOGUE, CHARLIE, HIDDEN, MINE, SHAPES, THEIRS, World, fill, filled, owner

MOST_ROWS, MOST_BYTES = 1001, 2_000_000
# What tells of the server rather than of the business: names of roles, relations and settings, the version.
SERVER = ("passepartout", "pg_", "PostgreSQL", "127.0.0.1", "information_schema")
CONFINED_LOCKS = frozenset({"AccessShareLock", "ExclusiveLock"})  # of a read, and of its own transaction number


@dataclass(frozen=True)
class Layers:
    """Which layers stand. ``token`` and ``hardened`` say how the world was made."""

    own_role: bool = True
    extended: bool = True
    cursor: bool = True
    token: bool = True
    hardened: bool = True
    cost: bool = True
    analysis: bool = True
    rollback: bool = True


# The order in which the design adds them: each step is the one before and one more.
STEPS: Sequence[tuple[str, Layers]] = (
    ("the application's own role", Layers(*[False] * 8)),
    ("own role, views, read only, rolled back", Layers(own_role=True, rollback=True, **dict.fromkeys(
        ("extended", "cursor", "token", "hardened", "cost", "analysis"), False))),
)  # fmt: skip
for _name, _layer in (
    ("extended protocol", "extended"), ("cursor", "cursor"), ("signed token", "token"),
    ("hardened catalogue", "hardened"), ("cost limit", "cost"), ("analysis", "analysis"),
):  # fmt: skip
    STEPS = (*STEPS, (_name, replace(STEPS[-1][1], **{_layer: True})))


@dataclass(frozen=True)
class Outcome:
    """``harm`` is empty for a statement that did nothing to anybody: it was refused, failed or gave harmless rows."""

    statement: Statement
    harm: str
    refused: str = ""


class Gate:
    """One world, some layers. A connection is used again as long as nothing stuck to it."""

    def __init__(self, where: World, layers: Layers, *, patience_ms: int = 1000) -> None:
        self._where, self._layers, self._patience = where, layers, patience_ms
        self._session: psycopg.Connection | None = None
        self._owner = ExitStack()
        self._made = self._owner.enter_context(owner(where.database))
        self._made.autocommit = True
        if not layers.own_role:
            _give_everything(self._made)
        self._before = _state(self._made)
        self._other = self._somebody_else()

    def attempt(self, statement: Statement) -> Outcome:
        text = filled(statement.sql)
        if self._layers.analysis:
            try:
                analysed = analyse(text, CATALOGUE)
            except Refused as refused:
                return Outcome(statement, "", refused.code)
            if not isinstance(analysed, Read):
                return Outcome(statement, "", "a structure")
            text = analysed.sql
        harm = self._run(text)
        return Outcome(statement, self._disturbed() or self._changed() or harm)

    def __enter__(self) -> "Gate":
        return self

    def __exit__(self, *_: object) -> None:
        for session in (self._session, self._other):
            if session is not None:
                session.close()
        self._owner.close()

    @contextmanager
    def reader(self) -> Iterator[psycopg.Connection]:
        """A session of the reading role of its own, in a transaction that shows MINE."""
        with psycopg.connect(settings.SQL_READER_URL, dbname=self._where.database) as session:
            pid = session.info.backend_pid
            row: Any = self._made.execute("SELECT gate.issue(%s, %s, 3600)", [MINE, pid]).fetchone()
            for name, value in {"app.sql_token": row[0], "app.org_id": str(MINE)}.items():
                session.execute(sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), sql.Literal(value)))
            yield session
            session.rollback()

    def _run(self, text: str) -> str:
        session = self._opened()
        started = monotonic()
        try:
            harm = self._executed(session, text) or _stuck(session, self._made)
        except psycopg.Error as error:
            harm = "slow" if isinstance(error, psycopg.errors.QueryCanceled) else _leaked([[str(error)]], ())
        except (UnicodeError, ValueError):
            harm = ""
        if not harm and 1000 * (monotonic() - started) > self._patience:
            harm = "slow"
        self._end(session)
        return harm

    def _executed(self, session: psycopg.Connection, text: str) -> str:
        with session.cursor() as cursor:
            if self._layers.cost and not _affordable(session, text):
                return ""
            declared = f"DECLARE proposed NO SCROLL CURSOR FOR {text}" if self._layers.cursor else text
            cursor.execute(declared.encode(), prepare=True if self._layers.extended else None)
            if self._layers.cursor:
                return _leaked(reads._fetched(cursor, MOST_ROWS)[1], SERVER)
            harm = ""
            while not harm:
                harm = _leaked(cursor.fetchall(), SERVER) if cursor.description else ""
                if not cursor.nextset():
                    return harm
            return harm

    def _opened(self) -> psycopg.Connection:
        if self._session is None or self._session.closed:
            url = settings.SQL_READER_URL if self._layers.own_role else settings.SQL_WRITER_URL
            path = SCHEMA if self._layers.own_role else "public"
            limits = f"-c search_path={path} -c statement_timeout={self._patience} -c lock_timeout=500"
            self._session = psycopg.connect(url, dbname=self._where.database, options=limits)
        for name, value in {"app.sql_token": self._token(), "app.org_id": str(MINE)}.items():
            said = sql.SQL("SET LOCAL {} = {}").format(sql.SQL(name), sql.Literal(value))
            self._session.execute(said)
        return self._session

    def _token(self) -> str:
        if not self._layers.token or self._session is None:
            return ""
        pid = self._session.info.backend_pid
        issued = self._made.execute("SELECT gate.issue(%s, %s, 60)", [MINE, pid]).fetchone()
        return str(issued[0]) if issued else ""

    def _end(self, session: psycopg.Connection) -> None:
        """Commit where nothing rolls back. What is left of a session that is not clean is thrown away."""
        if session.closed:
            return
        clean = session.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        try:
            if session.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                session.close()  # in the middle of a copy
            elif self._layers.rollback or not clean:
                session.rollback()
            else:
                session.commit()
        except psycopg.Error:  # the statement met a limit of its role so late that ending it is told of it
            session.close()
        if not clean or not self._layers.extended or not self._layers.rollback:
            session.close()

    def _somebody_else(self) -> psycopg.Connection:
        """Another session of the reading role, which should hear nothing and stay connected."""
        other = psycopg.connect(settings.SQL_READER_URL, dbname=self._where.database, autocommit=True)
        other.execute("LISTEN x")
        return other

    def _disturbed(self) -> str:
        try:
            self._other.execute("")
        except psycopg.OperationalError:
            self._other = self._somebody_else()
            return "ended somebody else's session"
        return "notified" if list(self._other.notifies(timeout=0)) else ""

    def _changed(self) -> str:
        if _state(self._made) == self._before:
            return ""
        _restore(self._made, self._where)
        self._before = _state(self._made)
        return "changed"


def _affordable(session: psycopg.Connection, text: str) -> bool:
    """As the gate's own code judges; commands have no plan, and other layers stop them."""
    try:
        reads._estimate(session, Read(text, (), (), MOST_ROWS, exp.Select()))
    except confined.Failed as failed:
        return failed.code != "sql_cost"
    return True


def _leaked(rows: Sequence[Sequence[Any]], further: Sequence[str]) -> str:
    shown = [str(value) for row in rows for value in row]
    if len(rows) > MOST_ROWS or sum(map(len, shown)) > MOST_BYTES:
        return "too much"
    text = "\n".join(shown)
    for mark, name in ((THEIRS, "another organization"), (HIDDEN, "a hidden column")):
        if mark in text:
            return name
    return next(("the server" for mark in further if mark in text), "")


def _stuck(session: psycopg.Connection, made: psycopg.Connection) -> str:
    """What a statement left in its own session: another tenant, no transaction any more, locks."""
    if session.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
        return "out of the transaction"
    held = made.execute("SELECT DISTINCT mode FROM pg_locks WHERE pid = %s", [session.info.backend_pid]).fetchall()
    if {mode for (mode,) in held} - CONFINED_LOCKS:
        return "locks"
    session.execute("SAVEPOINT before")
    try:
        return _leaked(session.execute("SELECT title FROM documents LIMIT 5").fetchall(), ())
    except psycopg.errors.UndefinedTable:  # the path was reset: nothing is found
        session.execute("ROLLBACK TO before")
        return ""


def _give_everything(made: psycopg.Connection) -> None:
    """What an application's own role has: the tables themselves, to read and to change."""
    role = sql.Identifier(settings.SQL_WRITER_ROLE)
    made.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(role))
    made.execute(sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(role))


def _state(made: psycopg.Connection) -> Any:
    """Everything that a statement could have changed: rows, relations, functions, large objects."""
    rows = " || ".join(
        f"(SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t.id), '')) FROM public.{name} t)" for name in SHAPES
    )
    return made.execute(
        f"SELECT {rows}, (SELECT count(*) FROM pg_class WHERE relnamespace::regnamespace::text NOT LIKE 'pg_%%' "  # type: ignore[arg-type]
        "AND relkind IN ('r', 'v', 'm')), (SELECT count(*) FROM pg_proc), "
        "(SELECT count(*) FROM pg_largeobject_metadata)",
        [],
    ).fetchone()


def _restore(made: psycopg.Connection, where: World) -> None:
    for name in SHAPES:
        made.execute(sql.SQL("DELETE FROM public.{}").format(sql.Identifier(name)))
    for organization, rows in ((MINE, where.rows), (CHARLIE, where.theirs)):
        fill(made, organization, rows)
