"""A change that a model proposes: read into a structure, from which our own parameterised statement is built.

Its text is never run. UPDATE of named rows and INSERT of written-out values only; nothing is deleted.
"""

import uuid
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from passepartout.kernel.sqlviews import SCHEMA, Catalogue, Column, View, Writable

from .names import check_identifiers
from .refusals import Refused
from .text import DIALECT

MOST_ROWS = 50
LONGEST = 2000
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Write:
    """``keys`` are the rows of an update, sorted; ``values`` what each column is set to. No key for a new row."""

    operation: Literal["update", "insert"]
    view: str
    table: str
    values: tuple[tuple[str, Value], ...]
    keys: tuple[str, ...] = ()
    key: str = "id"

    @property
    def sql(self) -> str:
        """The canonical text that people read and approve. It is not what runs."""
        values = {name: exp.convert(value) for name, value in self.values}
        if self.operation == "insert":
            row = exp.values([tuple(values.values())])
            return exp.insert(row, f"{SCHEMA}.{self.view}", columns=list(values)).sql(DIALECT)
        rows = exp.column(self.key).isin(*self.keys)
        return exp.update(f"{SCHEMA}.{self.view}", dict(values), where=rows).sql(DIALECT)


def analyse_write(tree: exp.Expr, known: Catalogue) -> Write:
    """Raises Refused. ``tree`` is an Update or an Insert."""
    check_identifiers(tree)
    if isinstance(tree, exp.Update):
        return _update(tree, known)
    if isinstance(tree, exp.Insert):
        return _insert(tree, known)
    raise Refused("sql_kind")


def _update(tree: exp.Update, known: Catalogue) -> Write:
    _only(tree, {"this", "expressions", "where"})
    view, writable = _target(tree.this, known)
    values: dict[str, Value] = {}
    for change in tree.expressions:
        if not (isinstance(change, exp.EQ) and isinstance(change.this, exp.Column) and not change.this.table):
            raise Refused("sql_values")
        _set(values, view, writable.update, change.this.name.lower(), change.expression)
    if not values:
        raise Refused("sql_values")
    return Write("update", view.name, writable.table, tuple(sorted(values.items())), _keys(tree, view), view.key)


def _insert(tree: exp.Insert, known: Catalogue) -> Write:
    _only(tree, {"this", "expression"})
    schema, rows = tree.this, tree.expression
    if not (isinstance(schema, exp.Schema) and type(rows) is exp.Values and len(rows.expressions) == 1):
        raise Refused("sql_values")
    _only(schema, {"this", "expressions"})
    _only(rows, {"expressions"})
    view, writable = _target(schema.this, known)
    row = rows.expressions[0]
    names = [_name(column) for column in schema.expressions]
    if not isinstance(row, exp.Tuple) or len(row.expressions) != len(names):
        raise Refused("sql_values")
    values: dict[str, Value] = {}
    for name, value in zip(names, row.expressions, strict=True):
        _set(values, view, writable.insert | (writable.update if writable.insert else frozenset()), name, value)
    for missing in sorted(writable.insert - set(values)):
        raise Refused("sql_missing", missing)
    return Write("insert", view.name, writable.table, tuple(sorted(values.items())))


def _only(node: exp.Expr, allowed: set[str]) -> None:
    used = {name for name, value in node.args.items() if value not in (None, False, [])}
    for name in sorted(used - allowed):
        raise Refused("sql_construct", f"{type(node).__name__} {name}")


def _name(column: exp.Expr) -> str:
    if not isinstance(column, exp.Identifier):
        raise Refused("sql_values")
    return str(column.this).lower()


def _target(table: exp.Expr, known: Catalogue) -> tuple[View, Writable]:
    if not (isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier)):
        raise Refused("sql_construct", type(table).__name__)
    _only(table, {"this", "db"})
    if table.db.lower() not in ("", SCHEMA) or table.name.lower() not in known.views:
        raise Refused("sql_table", table.name[:60])
    view = known.views[table.name.lower()]
    if view.writable is None:
        raise Refused("sql_not_writable", view.name)
    return view, view.writable


def _set(values: dict[str, Value], view: View, allowed: frozenset[str], name: str, value: exp.Expr) -> None:
    column = view.column(name)
    if column is None:
        raise Refused("sql_column", name[:60])
    if name not in allowed:
        raise Refused("sql_not_writable", name)
    if name in values:
        raise Refused("sql_values")
    values[name] = _fitting(_literal(value), column)


def _literal(value: exp.Expr) -> Value:
    if isinstance(value, exp.Neg) and isinstance(value.this, exp.Literal) and not value.this.is_string:
        number = _literal(value.this)
        return -number if isinstance(number, (int, float)) else number
    if type(value) is exp.Null:
        return None
    if type(value) is exp.Boolean:
        return bool(value.this)
    if type(value) is not exp.Literal or len(value.this) > LONGEST:
        raise Refused("sql_values")
    if value.is_string:
        return str(value.this)
    return int(value.this) if value.this.isdigit() else float(value.this)


def _fitting(value: Value, column: Column) -> Value:
    """Raises Refused for a value that is none of the few that the column may hold."""
    if column.values and value is not None and value not in column.values:
        raise Refused("sql_values", column.name)
    return value


def _keys(tree: exp.Update, view: View) -> tuple[str, ...]:
    where = tree.args.get("where")
    condition = where.this.unnest() if where is not None else None
    if isinstance(condition, exp.EQ):
        column, named = condition.this, [condition.expression]
    elif isinstance(condition, exp.In) and not condition.args.get("query"):
        _only(condition, {"this", "expressions"})
        column, named = condition.this, condition.expressions
    else:
        raise Refused("sql_rows")
    if not (isinstance(column, exp.Column) and not column.table and column.name.lower() == view.key):
        raise Refused("sql_rows")
    if not 1 <= len(named) <= MOST_ROWS:
        raise Refused("sql_rows")
    return tuple(sorted({_uuid(key) for key in named}))


def _uuid(key: exp.Expr) -> str:
    if not (type(key) is exp.Literal and key.is_string):
        raise Refused("sql_rows")
    try:
        return str(uuid.UUID(key.this))
    except ValueError as error:
        raise Refused("sql_rows") from error
