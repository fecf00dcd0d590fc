"""Every table is a view of the catalogue, every column is one of its columns, every join ties two of them."""

import re

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from passepartout.kernel.sqlviews import SCHEMA, Catalogue

from .refusals import Refused
from .text import DIALECT

PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,59}")
LONGEST_ALIAS = 60  # bytes; PostgreSQL cuts names at 63 and two could become one


def qualified(tree: exp.Expr, known: Catalogue) -> exp.Expr:
    """A copy whose every column names its source and every table its schema, stars expanded. Raises Refused."""
    _check_tables(tree, known)
    try:
        whole = qualify(
            tree.copy(),
            dialect=DIALECT,
            schema=dict(known.schema()),
            db=SCHEMA,
            expand_stars=True,
            validate_qualify_columns=True,
            allow_partial_qualification=False,
            quote_identifiers=True,
        )
    except SqlglotError as error:
        raise Refused("sql_column", _unknown_column(tree, known)) from error
    for column in whole.find_all(exp.Column):
        if isinstance(column.this, exp.Star):  # a whole row, as in count(documents.*)
            raise Refused("sql_construct", f"{column.table}.*")
        if not column.table and not _heads_result(column):
            raise Refused("sql_column", column.name)
    for join in whole.find_all(exp.Join):
        _check_join(join)
    return whole


def views_read(tree: exp.Expr) -> tuple[str, ...]:
    """Names of the views that a qualified tree reads, sorted."""
    return tuple(sorted({table.name for table in tree.find_all(exp.Table) if table.db == SCHEMA}))


def check_identifiers(tree: exp.Expr) -> None:
    """Raises Refused for a name that could be read in two ways."""
    heads = {alias.alias for alias in tree.find_all(exp.Alias)}
    for identifier in tree.find_all(exp.Identifier):
        name = identifier.this
        if _is_head(identifier, heads) and not set(name) & set('"\\') and len(name.encode()) <= LONGEST_ALIAS:
            continue
        if not PLAIN.fullmatch(name if identifier.quoted else name.lower()):
            raise Refused("sql_name", name[:30])


def _is_head(identifier: exp.Identifier, heads: set[str]) -> bool:
    """Whether a name heads a column of a result, as "Nombre de colis" does, where it is given or ordered by."""
    parent = identifier.parent
    if isinstance(parent, exp.Alias):
        return bool(identifier.this.strip())
    return isinstance(parent, exp.Column) and not parent.table and identifier.this in heads


def _check_tables(tree: exp.Expr, known: Catalogue) -> None:
    defined = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for name in sorted(defined & set(known.views)):
        raise Refused("sql_name", name)
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if not isinstance(table.this, exp.Identifier):
            raise Refused("sql_construct", type(table.this).__name__)
        if table.catalog or table.db.lower() not in ("", SCHEMA):
            raise Refused("sql_table", f"{table.db}.{table.name}"[:60])
        if name not in known.views and not (name in defined and not table.db):
            raise Refused("sql_table", table.name[:60])


def _unknown_column(tree: exp.Expr, known: Catalogue) -> str:
    """The column that is most likely meant; the parser's own message quotes too much."""
    names = {column.name for view in known.views.values() for column in view.columns}
    names |= {alias.alias for alias in tree.find_all(exp.Alias)}
    return next((column.name for column in tree.find_all(exp.Column) if column.name not in names), "")[:60]


def _heads_result(column: exp.Column) -> bool:
    """Whether the column is one of the result's, by which it is ordered or told apart."""
    order = column.find_ancestor(exp.Order, exp.Distinct, exp.Query)
    if not isinstance(order, exp.Order | exp.Distinct):
        return False
    query = order.parent
    return isinstance(query, exp.Query) and column.name in query.named_selects


def _check_join(join: exp.Join) -> None:
    """One of the conditions that must all hold sets a column of the new source equal to one of another.

    Those of ``WHERE`` are as good for a join by comma. A source of a single row, such as a total, multiplies nothing.
    """
    if _is_one_row(join.this) or not _is_tied(join):
        _check_single(join)


def _check_single(join: exp.Join) -> None:
    query = join.parent
    if not isinstance(query, exp.Select):
        raise Refused("sql_join")
    before = [query.args["from_"].this, *(other.this for other in query.args["joins"][: join.index])]
    if not (_is_one_row(join.this) or all(map(_is_one_row, before))):
        raise Refused("sql_join")


def _is_one_row(source: exp.Expr) -> bool:
    """A sub-query, or a name for one, that counts or sums without grouping, or that takes one row."""
    if isinstance(source, exp.Table):
        if source.db:
            return False
        named = [cte for cte in source.root().find_all(exp.CTE) if cte.alias == source.name]
        return len(named) == 1 and _gives_one_row(named[0].this)
    return isinstance(source, exp.Subquery) and _gives_one_row(source.this)


def _gives_one_row(query: exp.Expr) -> bool:
    if not isinstance(query, exp.Select):
        return False
    limit = query.args.get("limit")
    if isinstance(limit, exp.Limit) and limit.expression.name == "1":
        return True
    return query.args.get("group") is None and any(map(_sums, query.selects))


def _sums(shown: exp.Expr) -> bool:
    """Whether an aggregate of this very query is shown, not one of a sub-query or of a window."""
    waiting = [shown]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Query | exp.Window):
            continue
        if isinstance(node, _SUMS):
            return True
        waiting.extend(node.iter_expressions())
    return False


_SUMS = (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max)


def _uncast(node: exp.Expr) -> exp.Expr:
    inner = node.unnest()
    return inner.this.unnest() if type(inner) is exp.Cast else inner


def _is_tied(join: exp.Join) -> bool:
    condition = join.args.get("on")
    query = join.parent
    if condition is None and isinstance(query, exp.Select) and query.args.get("where"):
        condition = query.args["where"].this
    if condition is None:
        return False
    joined = join.alias_or_name
    for term in condition.unnest().flatten() if isinstance(condition.unnest(), exp.And) else [condition]:
        inner = term.unnest()
        if not isinstance(inner, exp.EQ):
            continue
        left, right = _uncast(inner.this), _uncast(inner.expression)
        if not (isinstance(left, exp.Column) and isinstance(right, exp.Column)):
            continue
        if left.table != right.table and joined in (left.table, right.table):
            return True
    return False
