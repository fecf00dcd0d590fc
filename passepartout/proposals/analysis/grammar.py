"""Every form of SQL that the gate lets through: each node of the tree with the arguments it may have.

The list is closed on both sides: an unknown node is refused, and so is a known one with an argument that is not named
here, so that a newer parser that learns another form does not open the gate.
"""

import re
from collections.abc import Callable, Iterator

from sqlglot import exp

from .refusals import Refused

SET_OPERATION = "this expression distinct with_ order limit offset"
STRUCTURE: dict[type[exp.Expr], str] = {
    exp.Select: "with_ expressions distinct from_ joins where group having order limit offset",
    exp.Union: SET_OPERATION,
    exp.Except: SET_OPERATION,
    exp.Intersect: SET_OPERATION,
    exp.Subquery: "this alias",
    exp.With: "expressions",
    exp.CTE: "this alias",
    exp.From: "this",
    exp.Join: "this on using side kind",
    exp.Where: "this",
    exp.Group: "expressions",
    exp.Rollup: "expressions",
    exp.Having: "this",
    exp.Order: "this expressions",
    exp.Ordered: "this desc nulls_first",
    exp.Limit: "expression",
    exp.Offset: "expression",
    exp.Distinct: "expressions on",
    exp.Alias: "this alias",
    exp.TableAlias: "this",
    exp.Table: "this alias db",
    exp.Column: "this table",
    exp.Identifier: "this quoted",
    exp.Star: "",
}
VALUES: dict[type[exp.Expr], str] = {
    exp.Literal: "this is_string",
    exp.Null: "",
    exp.Boolean: "this",
    exp.Paren: "this",
    exp.And: "this expression",
    exp.Or: "this expression",
    exp.Not: "this",
    exp.EQ: "this expression",
    exp.NEQ: "this expression",
    exp.GT: "this expression",
    exp.GTE: "this expression",
    exp.LT: "this expression",
    exp.LTE: "this expression",
    exp.NullSafeEQ: "this expression",
    exp.NullSafeNEQ: "this expression",
    exp.Is: "this expression negate",
    exp.Between: "this low high",
    exp.In: "this expressions query",
    exp.Exists: "this",
    exp.Like: "this expression negate",
    exp.ILike: "this expression negate",
    exp.Add: "this expression",
    exp.Sub: "this expression",
    exp.Mul: "this expression",
    exp.Div: "this expression typed safe",
    exp.Mod: "this expression",
    exp.Neg: "this",
    exp.DPipe: "this expression safe",
    exp.Case: "this ifs default",
    exp.If: "this true",
    exp.Cast: "this to",
    exp.DataType: "this expressions nested",
    exp.DataTypeParam: "this",
    exp.Interval: "this unit",
    exp.Var: "this",
    exp.Tuple: "expressions",
}
FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Count: "this big_int",
    exp.Sum: "this",
    exp.Avg: "this",
    exp.Min: "this",
    exp.Max: "this",
    exp.LogicalAnd: "this",
    exp.LogicalOr: "this",
    exp.GroupConcat: "this separator",
    exp.PercentileCont: "this",
    exp.PercentileDisc: "this",
    exp.WithinGroup: "this expression",
    exp.Mode: "",
    exp.Stddev: "this",
    exp.StddevPop: "this",
    exp.StddevSamp: "this",
    exp.Variance: "this",
    exp.VariancePop: "this",
    exp.Corr: "this expression",
    exp.Filter: "this expression",
    exp.Window: "this partition_by order over spec",
    exp.WindowSpec: "kind start start_side end end_side",
    exp.RowNumber: "",
    exp.Rank: "",
    exp.DenseRank: "",
    exp.Ntile: "this",
    exp.PercentRank: "",
    exp.CumeDist: "",
    exp.FirstValue: "this",
    exp.LastValue: "this",
    exp.Lag: "this offset default",
    exp.Lead: "this offset default",
    exp.Coalesce: "this expressions",
    exp.Nullif: "this expression",
    exp.Greatest: "this expressions ignore_nulls",
    exp.Least: "this expressions ignore_nulls",
    exp.Concat: "expressions safe coalesce",
    exp.ConcatWs: "expressions safe coalesce",
    exp.Round: "this decimals",
    exp.Trunc: "this decimals",
    exp.Abs: "this",
    exp.Ceil: "this",
    exp.Floor: "this",
    exp.Lower: "this",
    exp.Upper: "this",
    exp.Length: "this",
    exp.Trim: "this",
    exp.Left: "this expression",
    exp.Right: "this expression",
    exp.Substring: "this start length",
    exp.StrPosition: "this substr",
    exp.Replace: "this expression replacement",
    exp.SplitPart: "this delimiter part_index",
    exp.Extract: "this expression",
    exp.TimestampTrunc: "this unit",
    exp.TimeToStr: "this format",
    exp.Date: "this",
    exp.CurrentDate: "",
    exp.CurrentTimestamp: "",
    exp.Localtimestamp: "",
    exp.StrToDate: "this format",
    exp.Anonymous: "this expressions",
    exp.AtTimeZone: "this zone",
}
ALLOWED = {
    node: frozenset(arguments.split()) for node, arguments in {**STRUCTURE, **VALUES, **FUNCTIONS}.items()
}  # fmt: skip
CASTS = frozenset(
    {
        exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.INT, exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.DECIMAL,
        exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.BOOLEAN, exp.DType.DATE, exp.DType.TIMESTAMP,
        exp.DType.TIMESTAMPTZ, exp.DType.UUID, exp.DType.TIME, exp.DType.INTERVAL,
    }
)  # fmt: skip
# Functions that the parser has no class for, with the number of their arguments.
NAMED = {"age": (1, 2), "make_date": (3,)}
UNITS = frozenset(
    {"MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "DOW",
     "MON", "MIN", "SEC",
     "ISODOW", "DOY", "EPOCH"}
)  # fmt: skip
JOINS = frozenset({("", ""), ("", "INNER"), ("LEFT", ""), ("RIGHT", ""), ("FULL", ""), ("LEFT", "OUTER"),
                   ("RIGHT", "OUTER"), ("FULL", "OUTER"), ("", "CROSS")})  # fmt: skip

MOST_NODES = 600
DEEPEST = 40
MOST_QUERIES = 8
# Text that is glued to itself grows by a power of two at each step.
MOST_CONCATENATIONS = 12
LONGEST_TEXT = 300
LONGEST_NUMBER = 18
# 1e131000 has six characters and 131,000 digits.
NUMBER = re.compile(r"\d*\.?\d*([eE][+-]?\d{1,2})?")
LONGEST_INTERVAL = 10
INTERVAL_PART = re.compile(r"([+-]?) ?\d{1,6} ?([A-Za-z]+)(?: +|$)")
FRAME = frozenset({"CURRENT ROW", "UNBOUNDED"})
MOST_FRAMED = 400
MOST_WILDCARDS = 6
MOST_LISTED = 100
MOST_ROLLED_UP = 4


def check(tree: exp.Expr) -> None:
    """Raises Refused for the first node that is not on the list."""
    counted = {"nodes": 0, "queries": 0, "concatenations": 0}
    for node, depth in _walk(tree):
        counted["nodes"] += 1
        counted["queries"] += isinstance(node, exp.Query)
        glued = type(node) in (exp.Concat, exp.ConcatWs)
        counted["concatenations"] += len(node.expressions) if glued else type(node) is exp.DPipe
        if depth > DEEPEST or counted["nodes"] > MOST_NODES:
            raise Refused("sql_complex")
        _check_node(node)
    if counted["queries"] > 2 * MOST_QUERIES or counted["concatenations"] > MOST_CONCATENATIONS:
        raise Refused("sql_complex")


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    """Each node with its depth, without recursion: the statement may be made to be deep."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in node.iter_expressions())


def _check_node(node: exp.Expr) -> None:
    allowed = ALLOWED.get(type(node))
    if allowed is None:
        kind = "sql_function" if isinstance(node, exp.Func) else "sql_construct"
        raise Refused(kind, node.name if isinstance(node, exp.Anonymous) else type(node).__name__)
    used = {name for name, value in node.args.items() if value not in (None, False, [])}
    if used - allowed:
        raise Refused("sql_construct", f"{type(node).__name__} {min(used - allowed)}")
    check_more = MORE.get(type(node))
    if check_more is not None:
        check_more(node)


def _literal(node: exp.Expr) -> None:
    longest = LONGEST_TEXT if node.args["is_string"] else LONGEST_NUMBER
    if len(node.this) > longest or not (node.args["is_string"] or NUMBER.fullmatch(node.this)):
        raise Refused("sql_literal")


def _pattern(node: exp.Expr) -> None:
    """A pattern with many wildcards, or one out of a column, may take for ever."""
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        raise Refused("sql_literal")
    if pattern.this.count("%") + pattern.this.count("_") > MOST_WILDCARDS:
        raise Refused("sql_complex")


def _cast(node: exp.Expr) -> None:
    to = node.args["to"]
    if type(to) is not exp.DataType or to.this not in CASTS or to.args.get("nested"):
        raise Refused("sql_type", to.sql("postgres"))
    if to.this == exp.DType.INTERVAL:
        _span(node.this)


def _unit(node: exp.Expr) -> None:
    _known_unit(str(node.this))


def _known_unit(name: str) -> None:
    if name.upper().removesuffix("S") not in UNITS:
        raise Refused("sql_construct", name[:30])


def _extract(node: exp.Expr) -> None:
    if type(node.this) is not exp.Var:
        raise Refused("sql_literal")


def _substring(node: exp.Expr) -> None:
    """Where to cut is a number: given a text instead, PostgreSQL matches it as a regular expression."""
    for name in ("start", "length"):
        value = node.args.get(name)
        if value is not None and not _counts(value):
            raise Refused("sql_literal")


def _counts(node: exp.Expr) -> bool:
    """Whether it is a whole number whatever the rows hold."""
    if isinstance(node, exp.Literal):
        return not node.is_string
    if isinstance(node, exp.Paren | exp.Neg):
        return _counts(node.this)
    if isinstance(node, exp.Add | exp.Sub):
        return _counts(node.this) and _counts(node.expression)
    return isinstance(node, exp.Length | exp.StrPosition)


def _replace(node: exp.Expr) -> None:
    """By a text that is no longer: a title that is put in the place of its own letters grows without end."""
    old, new = node.expression, node.args.get("replacement")
    if not (_is_text(old) and new is not None and _is_text(new) and len(new.name) <= len(old.name)):
        raise Refused("sql_literal")


def _is_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def _window(node: exp.Expr) -> None:
    """A text that is glued on from row to row is copied for each of them."""
    if node.this.find(exp.GroupConcat):
        raise Refused("sql_complex")


def _frame(node: exp.Expr) -> None:
    if str(node.args.get("kind")).upper() not in ("ROWS", "RANGE"):
        raise Refused("sql_construct", "GROUPS")
    for name in ("start", "end"):
        bound = node.args.get(name)
        if bound is None or (isinstance(bound, str) and bound.upper() in FRAME):
            continue
        if not (isinstance(bound, exp.Literal) and bound.this.isdigit() and int(bound.this) <= MOST_FRAMED):
            raise Refused("sql_literal")


def _named(node: exp.Expr) -> None:
    if len(node.expressions) not in NAMED.get(str(node.this).lower(), ()):
        raise Refused("sql_function", str(node.this)[:60])


def _rollup(node: exp.Expr) -> None:
    if len(node.expressions) > MOST_ROLLED_UP:
        raise Refused("sql_complex")


def _interval(node: exp.Expr) -> None:
    """One number and its unit, or a text of several: '1 day 12 hours'."""
    said = node.this.this if isinstance(node.this, exp.Literal) else ""
    if node.args.get("unit"):
        if not said.lstrip("-").isdigit() or len(said) > LONGEST_INTERVAL:
            raise Refused("sql_literal")
    else:
        _span(node.this)


def _span(node: exp.Expr) -> None:
    said = node.name if _is_text(node) else ""
    if not said or INTERVAL_PART.sub("", said):
        raise Refused("sql_literal")
    for part in INTERVAL_PART.finditer(said):
        _known_unit(part[2])


def _join(node: exp.Expr) -> None:
    if (node.text("side").upper(), node.text("kind").upper()) not in JOINS:
        raise Refused("sql_join")


def _format(node: exp.Expr) -> None:
    """Formats, separators and zones are written out: a column cannot choose them."""
    for name in ("format", "separator", "zone"):
        value = node.args.get(name)
        if value is not None and not isinstance(value, exp.Literal):
            raise Refused("sql_literal")


def _in(node: exp.Expr) -> None:
    if len(node.expressions) > MOST_LISTED:
        raise Refused("sql_complex")


MORE: dict[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.Literal: _literal,
    exp.Like: _pattern,
    exp.ILike: _pattern,
    exp.Cast: _cast,
    exp.Var: _unit,
    exp.Interval: _interval,
    exp.Join: _join,
    exp.TimeToStr: _format,
    exp.GroupConcat: _format,
    exp.AtTimeZone: _format,
    exp.In: _in,
    exp.StrToDate: _format,
    exp.Extract: _extract,
    exp.Substring: _substring,
    exp.Replace: _replace,
    exp.Window: _window,
    exp.WindowSpec: _frame,
    exp.Anonymous: _named,
    exp.Rollup: _rollup,
}
