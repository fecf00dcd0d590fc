"""Analyse a statement: what it would read or change, in a form that may be decided on, or why it is refused.

Pure: no database, no Django. Analysis → decision → preview → approval → execution, as datasette separates them.
"""

from sqlglot import exp

from passepartout.kernel.sqlviews import Catalogue

from .grammar import UNITS
from .reads import Read, analyse_read
from .refusals import Refused
from .text import check_literals, parsed
from .writes import Write, analyse_write

__all__ = ["Read", "Refused", "Write", "analyse"]

QUERIES = (exp.Select, exp.Union, exp.Except, exp.Intersect)
WORDS = UNITS | {f"{unit}S" for unit in UNITS}


def analyse(sql: str, known: Catalogue) -> Read | Write:
    """Raises Refused: what is not known is not let through."""
    tree = parsed(sql)
    if type(tree) in QUERIES:
        read = analyse_read(tree, known)
        check_literals(sql, read.sql, WORDS)
        return read
    if type(tree) in (exp.Update, exp.Insert):
        return analyse_write(tree, known)
    raise Refused("sql_kind")
