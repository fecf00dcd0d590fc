"""Analyse a statement: what it would read or change, in a form that may be decided on, or why it is refused.

Pure: no database, no Django. Analysis → decision → preview → approval → execution, as datasette separates them.
"""

from sqlglot import exp

from passepartout.kernel.sqlviews import Catalogue

from .reads import Read, analyse_read
from .refusals import Refused
from .text import parsed
from .writes import Write, analyse_write

__all__ = ["Read", "Refused", "Write", "analyse"]

QUERIES = (exp.Select, exp.Union, exp.Except, exp.Intersect)


def analyse(sql: str, known: Catalogue) -> Read | Write:
    """Raises Refused: what is not known is not let through."""
    tree = parsed(sql)
    if type(tree) in QUERIES:
        return analyse_read(tree, known)
    if type(tree) in (exp.Update, exp.Insert):
        return analyse_write(tree, known)
    raise Refused("sql_kind")
