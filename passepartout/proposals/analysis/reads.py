"""A read that a model proposes: analysed whole, written again from its tree, never run as it came."""

from dataclasses import dataclass

from sqlglot import exp

from passepartout.kernel.sqlviews import Catalogue

from .grammar import check
from .names import check_identifiers, qualified, views_read
from .refusals import Refused
from .text import written

MOST_ROWS = 1000
FARTHEST = 10_000


@dataclass(frozen=True)
class Read:
    """``sql``: the canonical text. ``columns``: the heads of the result. ``limit``: in rows."""

    sql: str
    views: tuple[str, ...]
    columns: tuple[str, ...]
    limit: int
    tree: exp.Query

    @property
    def is_summary(self) -> bool:
        """Whether the result holds counts and sums only, and what they are counted by."""
        grouped = self.tree.args.get("group")
        keys = {key.sql() for key in grouped.expressions} if grouped is not None else set()
        return all(shown.find(exp.AggFunc) or shown.unalias().sql() in keys for shown in self.tree.selects)


def analyse_read(tree: exp.Expr, known: Catalogue) -> Read:
    """Raises Refused. ``tree`` is a query as `text.parsed` gives it."""
    check_identifiers(tree)
    check(tree)
    whole = qualified(tree, known)
    if not isinstance(whole, exp.Query):
        raise Refused("sql_kind")
    limit = _bounded(whole)
    # Qualifying wrote new nodes: what will run is checked, not what came.
    check_identifiers(whole)
    check(whole)
    sql = written(whole)
    views = views_read(whole)
    if not views:
        raise Refused("sql_no_table")
    return Read(sql, views, tuple(whole.named_selects), limit, whole)


def _bounded(tree: exp.Expr) -> int:
    """The rows the outermost query may give; its limit is set when it is missing or too high. Raises Refused."""
    for node, most in ((exp.Limit, MOST_ROWS), (exp.Offset, FARTHEST)):
        for bound in tree.find_all(node):
            number = bound.expression
            if not (isinstance(number, exp.Literal) and not number.is_string and number.this.isdigit()):
                raise Refused("sql_limit")
            if int(number.this) > most:
                raise Refused("sql_limit")
    outermost = tree.args.get("limit")
    if outermost is None:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(MOST_ROWS)))
        return MOST_ROWS
    return int(outermost.expression.this)
