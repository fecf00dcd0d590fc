"""Preview and run a change that a model proposed: our own parameterised statement, built from the structure.

The rows are named, locked, compared with what the approver saw, changed, and the audit line is written, in the one
transaction that also uses the approval up. What does not fit rolls everything back.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.core.serializers.json import DjangoJSONEncoder
from psycopg import sql
from psycopg.rows import dict_row

from passepartout.kernel.ids import new_id
from passepartout.kernel.sqlviews import SCHEMA, View, Writable

from ..analysis import Write
from . import confined
from .confined import Place

Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """Rows before and after, by key, with the key and the columns that the change touches."""

    before: tuple[Row, ...]
    after: tuple[Row, ...]

    @property
    def told(self) -> Any:
        """As JSON can hold it."""
        rows = {"before": self.before, "after": self.after}
        return json.loads(json.dumps(rows, cls=DjangoJSONEncoder, default=str))

    @property
    def digest(self) -> str:
        """What an approver saw. At execution the rows must still give the same."""
        seen = json.dumps([self.before, self.after], default=str, sort_keys=True)
        return hashlib.sha256(seen.encode()).hexdigest()


@dataclass(frozen=True)
class Approval:
    """What allows one execution: the proposal, the hash that was approved, who asked, who approved."""

    proposal: UUID
    sha256: str
    requester: UUID
    approver: UUID
    preview: str


def preview(write: Write, view: View, place: Place) -> Change:
    """What the change would do, seen in a transaction that is rolled back. Raises Failed and Unavailable."""
    with confined.writer(place) as connection:
        return _change(connection, write, view, place.organization, new_id())


def run(write: Write, view: View, place: Place, approval: Approval, session: confined.Session | None = None) -> Change:
    """Raises Failed: ``sql_used`` when the approval is not (or no longer) good, ``sql_stale`` when the rows changed."""
    with confined.writer(place, session, actor=approval.requester) as connection:
        _use_up(connection, approval)
        change = _change(connection, write, view, place.organization, approval.proposal)
        if change.digest != approval.preview:
            raise confined.Failed("sql_stale")
        _keep_result(connection, approval, change)
        _audit(connection, write, approval, change)
        connection.commit()
    return change


def _use_up(connection: psycopg.Connection, approval: Approval) -> None:
    """Compare and set: of any number of executions at once, one finds the approval unused."""
    used = connection.execute(
        "UPDATE public.proposals SET status = 'executed', executed_at = now() "
        "WHERE id = %s AND status = 'executing' AND sha256 = %s AND expires_at > now()",
        [approval.proposal, approval.sha256],
    )
    if used.rowcount != 1:
        raise confined.Failed("sql_used")


def _keep_result(connection: psycopg.Connection, approval: Approval, change: Change) -> None:
    """With the change itself: a process that dies right after has lost nothing."""
    connection.execute(
        "UPDATE public.proposals SET result = %s::jsonb WHERE id = %s", [json.dumps(change.told), approval.proposal]
    )


def _change(connection: psycopg.Connection, write: Write, view: View, organization: UUID, new_key: UUID) -> Change:
    writable = view.writable
    if writable is None:
        raise confined.Failed("sql_denied")
    if write.operation == "insert":
        return Change((), (_insert(connection, write, view, writable, organization, new_key),))
    before = _rows(connection, write, view, writable, lock=True)
    if len(before) != len(write.keys):
        raise confined.Failed("sql_rows")
    kinds = _kinds(view)
    changes = sql.SQL(", ").join(
        sql.SQL("{} = %s::{}").format(sql.Identifier(name), sql.SQL(kinds[name])) for name, _ in write.values
    )
    statement = sql.SQL("UPDATE {table} SET {changes} WHERE {key} = ANY(%s::uuid[])").format(
        table=sql.Identifier("public", writable.table), changes=changes, key=sql.Identifier(view.key)
    )
    connection.execute(statement, [*(value for _, value in write.values), list(write.keys)])
    return Change(before, _rows(connection, write, view, writable))


def _rows(
    connection: psycopg.Connection, write: Write, view: View, writable: Writable, *, lock: bool = False
) -> tuple[Row, ...]:
    columns = [view.key, *(name for name, _ in write.values)]
    # What the view does not show cannot be changed either: its rows are found through it.
    statement = sql.SQL(
        "SELECT {columns} FROM {table} WHERE {key} = ANY(%s::uuid[]) AND {key} IN (SELECT {key} FROM {view}) "
        "ORDER BY {key}{lock}"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier("public", writable.table),
        view=sql.Identifier(SCHEMA, view.name),
        key=sql.Identifier(view.key),
        lock=sql.SQL(" FOR UPDATE" if lock else ""),
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(statement, [list(write.keys)])
        return tuple(cursor.fetchall())


def _insert(
    connection: psycopg.Connection, write: Write, view: View, writable: Writable, organization: UUID, new_key: UUID
) -> Row:
    kinds = _kinds(view)
    values: dict[str, Any] = {**writable.defaults, **dict(write.values)}
    own = {view.key: new_key, "org_id": organization}
    columns = [*own, *values]
    statement = sql.SQL("INSERT INTO {table} ({columns}, created_at) VALUES ({values}, now())").format(
        table=sql.Identifier("public", writable.table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(
            sql.SQL("%s::{}").format(sql.SQL(kinds.get(name, "uuid" if name in own else "text"))) for name in columns
        ),
    )
    connection.execute(statement, [*own.values(), *values.values()])
    # The new row's own key differs between preview and execution: what is compared is what it says.
    return dict(write.values)


def _kinds(view: View) -> Mapping[str, str]:
    return {column.name: column.kind for column in view.columns}


def _audit(connection: psycopg.Connection, write: Write, approval: Approval, change: Change) -> None:
    """No audit line, no execution. Hashes of what was and what is, never the rows themselves."""
    detail = {"sha256": approval.sha256, "preview": change.digest, "rows": len(change.after)}
    connection.execute(
        "SELECT public.audit_append(%s, 'proposal.executed', 'proposals', %s, %s::jsonb, '', %s, %s)",
        [new_id(), str(approval.proposal), json.dumps(detail), write.sql, approval.approver],
    )
