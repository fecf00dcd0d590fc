"""What can be said of a statement before it is parsed."""

import logging
import unicodedata

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from .refusals import Refused

LONGEST = 4000
MOST_TOKENS = 1200
DEEPEST = 30
DIALECT = "postgres"
# Cc control, Cf format (zero width, bidirectional marks, tags), Co private, Cs halves of pairs, Zl and Zp separators.
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_BLANK = "\t\n\r"
# Not for statements: its warnings quote what it could not read.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parsed(sql: str) -> exp.Expr:
    """The tree of the one statement in ``sql``. Raises Refused."""
    text = sql.strip().removesuffix(";").strip()
    if not text:
        raise Refused("sql_empty")
    if len(text) > LONGEST:
        raise Refused("sql_too_long")
    if any(unicodedata.category(character) in INVISIBLE and character not in _BLANK for character in text):
        raise Refused("sql_characters")
    try:
        _check_tokens(text)
        statements = sqlglot.parse(text, read=DIALECT)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Refused("sql_unreadable") from error
    if len(statements) != 1 or statements[0] is None:
        raise Refused("sql_many")
    return statements[0]


def _check_tokens(text: str) -> None:
    """The parser recurses: depth and length are bounded before it starts."""
    tokens = sqlglot.tokenize(text, read=DIALECT)
    if len(tokens) > MOST_TOKENS:
        raise Refused("sql_complex")
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth > DEEPEST:
            raise Refused("sql_complex")


_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END})


def written(tree: exp.Expr) -> str:
    """The one text of a tree: what is shown, hashed and executed. Raises Refused when it would read otherwise."""
    try:
        text = tree.sql(dialect=DIALECT, comments=False, identify=True)
        again = sqlglot.parse_one(text, read=DIALECT).sql(dialect=DIALECT, comments=False, identify=True)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Refused("sql_changed") from error
    if again != text:
        raise Refused("sql_changed")
    return text
