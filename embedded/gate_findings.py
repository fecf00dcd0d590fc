"""What `./run doctor` says of the two roles that run proposed statements: one line per layer that must be there.

Asked of the server itself, as the platform's role and as each of the two: a PostgreSQL of one's own was prepared by
`python -m embedded.external`, perhaps long ago, or by hand.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from urllib.parse import unquote, urlsplit

import psycopg

from embedded.findings import Finding
from embedded.hardening import open_functions, open_tables

_AGAIN = "`python -m embedded.external` as superuser repairs it"
_MOST_SECONDS = 60
_RIGHTS = """
SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolconnlimit BETWEEN 1 AND 100,
  EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid),
  EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid) FROM pg_roles r WHERE rolname = %s
"""
_POWERS = ("is superuser", "is above row-level security", "creates databases", "creates roles", "replicates")
_VIEWS = "SELECT count(*) FROM pg_views WHERE schemaname = 'ai'"
_READABLE = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('ai', 'pg_catalog', 'information_schema', 'pg_toast')
  AND (has_table_privilege(%(role)s, c.oid, 'select, insert, update, delete, truncate')
       OR (%(role)s = %(reader)s AND has_any_column_privilege(%(role)s, c.oid, 'select, insert, update')))
"""
_LIMITED = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def gate_findings(environment: Mapping[str, str]) -> Iterator[Finding]:
    """`environment`: the platform's, or what the operator set of it."""
    urls = {name: environment.get(name, "") for name in ("DATABASE_URL", "SQL_READER_URL", "SQL_WRITER_URL")}
    if not (urls["SQL_READER_URL"] and urls["SQL_WRITER_URL"]):
        if urls["DATABASE_URL"]:
            yield Finding("gate", "note", "no SQL_READER_URL and SQL_WRITER_URL: statements cannot be proposed")
        return
    with ExitStack() as stack:
        sessions = {}
        for name, url in urls.items():
            try:
                sessions[name] = stack.enter_context(psycopg.connect(url, connect_timeout=3, autocommit=True))
            except psycopg.Error as error:
                yield Finding("gate login", "bad", f"{name}: {str(error).splitlines()[0]}")
                return
        roles = {name: unquote(urlsplit(url).username or "") for name, url in urls.items()}
        reader, writer = roles["SQL_READER_URL"], roles["SQL_WRITER_URL"]
        yield Finding("gate login", "ok", f"{reader} and {writer} log in past any pooler")
        platform = sessions["DATABASE_URL"]
        yield _roles(platform, reader, writer, roles["DATABASE_URL"])
        yield _limits({reader: sessions["SQL_READER_URL"], writer: sessions["SQL_WRITER_URL"]}, reader)
        yield _catalogue(platform, [reader, writer])
        yield _functions(platform, [reader, writer])
        yield _views(platform, reader, writer)


def _roles(platform: psycopg.Connection, reader: str, writer: str, app: str) -> Finding:
    if reader == writer or app in {reader, writer}:
        return Finding("gate roles", "bad", "reader, writer and platform must be three roles")
    faults = []
    for role in (reader, writer):
        row = platform.execute(_RIGHTS, [role]).fetchone() or ()
        *powers, limited, member, owns = row
        faults += [f"{role} {power}" for power, has in zip(_POWERS, powers, strict=True) if has]
        faults += [f"{role} {fault}" for fault, is_so in (
            ("has no connection limit", not limited), ("is a member of another role", member), ("owns tables", owns),
        ) if is_so]  # fmt: skip
    if faults:
        return Finding("gate roles", "bad", f"{'; '.join(faults)}; {_AGAIN}")
    return Finding("gate roles", "ok", "own login roles without powers, members of none, owning nothing")


def _limits(sessions: Mapping[str, psycopg.Connection], reader: str) -> Finding:
    """As each role finds them when it logs in."""
    faults = []
    for role, session in sessions.items():
        for name in _LIMITED:
            seconds = _seconds(session, name)
            if not 0 < seconds <= _MOST_SECONDS:
                faults.append(f"{role}: {name} is {seconds:g} s")
    if _shown(sessions[reader], "default_transaction_read_only") != "on":
        faults.append(f"{reader} does not begin read only")
    if faults:
        return Finding("gate limits", "bad", f"{'; '.join(faults)}; {_AGAIN}")
    return Finding("gate limits", "ok", f"a statement has {_seconds(sessions[reader], 'statement_timeout'):g} s")


def _seconds(session: psycopg.Connection, name: str) -> float:
    """SHOW, as the catalogue is closed to these roles: `10s`, `500ms`, `2min`, 0 for none."""
    shown = _shown(session, name)
    number = shown.rstrip("abcdefghijklmnopqrstuvwxyz")
    return float(number) * {"": 0.001, "ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}[shown[len(number) :]]


def _shown(session: psycopg.Connection, name: str) -> str:
    row = session.execute(f"SHOW {name}").fetchone()  # a name of ours: SHOW takes no parameter
    return str(row[0]) if row else ""


def _catalogue(platform: psycopg.Connection, roles: list[str]) -> Finding:
    tables = open_tables(platform, roles)
    if tables:
        text = f"{len(tables)} tables of PostgreSQL's catalogue are open to them, {tables[0]} for one; {_AGAIN}"
        return Finding("gate hidden", "bad", text)
    return Finding("gate hidden", "ok", "PostgreSQL's own catalogue is closed to them")


def _functions(platform: psycopg.Connection, roles: list[str]) -> Finding:
    """Also those that a new major version of the server brought."""
    functions = open_functions(platform, roles)
    if functions:
        text = f"{len(functions)} functions that no statement needs are open to them, {functions[0]} for one; {_AGAIN}"
        return Finding("gate calls", "bad", text)
    return Finding("gate calls", "ok", "they may call what honest questions need, and nothing else")


def _views(platform: psycopg.Connection, reader: str, writer: str) -> Finding:
    (views,) = platform.execute(_VIEWS).fetchone() or (0,)
    if not views:
        return Finding("gate views", "bad", "no view in the schema ai: migrate with DATABASE_OWNER_URL")
    reached = [
        f"{role} reaches {row[0]}"
        for role in (reader, writer)
        for row in platform.execute(_READABLE, {"role": role, "reader": reader})
    ]
    if reached:
        return Finding("gate views", "bad", f"{reached[0]} and {len(reached) - 1} more; migrate to set their rights")
    return Finding("gate views", "ok", f"{views} views, and no table whole")
