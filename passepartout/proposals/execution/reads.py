"""Run a read that was analysed and allowed: costed first, fetched through a cursor, bounded, and rolled back.

Each layer stands alone (docs/adr has what each stops): the role, the signed views, the extended protocol, which takes
one statement, the cursor, which takes a query only, the cost, the caps.
"""

from dataclasses import dataclass
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings

from ..analysis import Read
from . import confined
from .confined import Place, Session

FETCH = 100


@dataclass(frozen=True)
class Result:
    """``rows`` as JSON can hold them. ``truncated``: there was more than the caps let through."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool
    milliseconds: int


@dataclass(frozen=True)
class Estimate:
    """What the planner expects: cost in its own units, rows of the result and the most that one step reads."""

    cost: float
    rows: int
    widest: int


def estimate(read: Read, place: Place) -> Estimate:
    """Raises Failed and Unavailable."""
    with confined.reader(place) as connection:
        return _estimate(connection, read)


def run(read: Read, place: Place, session: Session | None = None) -> Result:
    """In few round trips: signed, costed, fetched.

    Raises Failed (``sql_cost`` when it would take too long, ``sql_timeout`` when it does) and Unavailable.
    """
    started = monotonic()
    with confined.reader(place, session) as connection, connection.pipeline():
        _estimate(connection, read)
        with connection.cursor() as declaring, connection.cursor() as cursor:
            _extended(declaring, f"DECLARE proposed NO SCROLL CURSOR FOR {read.sql}")
            columns, rows, truncated = _fetched(cursor, read.limit)
    return Result(columns, rows, truncated, round(1000 * (monotonic() - started)))


def _estimate(connection: psycopg.Connection, read: Read) -> Estimate:
    with connection.cursor() as cursor:
        _extended(cursor, f"EXPLAIN (FORMAT JSON) {read.sql}")
        row = cursor.fetchone()
    explained = row[0][0] if row else None
    if not isinstance(explained, dict):  # a command has no plan; no read is one
        raise confined.Failed("sql_failed")
    plan = explained["Plan"]
    found = Estimate(plan["Total Cost"], plan["Plan Rows"], max(_rows(plan)))
    if found.cost > settings.SQL_MAX_COST or found.widest > settings.SQL_MAX_ROWS_READ:
        raise confined.Failed("sql_cost")
    return found


def _rows(plan: dict[str, Any]) -> list[int]:
    return [plan["Plan Rows"], *(rows for inner in plan.get("Plans", []) for rows in _rows(inner))]


def _extended(cursor: psycopg.Cursor, statement: str) -> None:
    """Without parameters psycopg would speak the simple protocol, in which one message may hold many statements."""
    cursor.execute(statement.encode(), prepare=True)


def _fetched(cursor: psycopg.Cursor, limit: int) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    while True:
        _extended(cursor, f"FETCH FORWARD {FETCH} FROM proposed")
        batch = cursor.fetchall()
        columns = tuple(column.name for column in cursor.description or ())  # known in a pipeline once rows came
        for row in batch:
            size += sum(len(str(value)) for value in row)
            if len(rows) >= limit or size > settings.SQL_MAX_RESULT_BYTES:
                return columns, tuple(rows), True
            rows.append(row)
        if len(batch) < FETCH:
            return columns, tuple(rows), False
