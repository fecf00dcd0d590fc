"""What can be said of a statement before it is parsed."""

import logging
import re
import unicodedata
from itertools import pairwise

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
    for number, after in pairwise(tokens):
        # The parser would read 1_000 as a 1 that is named _000; PostgreSQL, as a thousand.
        if number.token_type == TokenType.NUMBER and after.start == number.end + 1 and _WORD.match(after.text):
            raise Refused("sql_unreadable")
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if depth > DEEPEST:
            raise Refused("sql_complex")


_WORD = re.compile(r"\w")
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


def check_literals(before: str, after: str, words: frozenset[str]) -> None:
    """Raises Refused when writing ``before`` again as ``after`` lost, changed or invented a text.

    ``words``: texts that become keywords, as in `date_part('month', …)`. Intervals are compared without their
    spaces: the parser drops what it does not understand of them, such as the "ago" of '1 day ago'.
    """
    (said, spans), (kept, again) = _literals(before), _literals(after)
    known = {span for pair in spans for span in pair}
    lost = {text for text in said - kept if text.upper() not in words}
    if lost or {text.upper() for text in kept - said} - words or {span for span, _ in again} - known:
        raise Refused("sql_changed")


def _literals(sql: str) -> tuple[set[str], set[tuple[str, str]]]:
    """The texts, and the intervals without spaces, in capitals, alone and with the word that follows."""
    texts: set[str] = set()
    intervals: set[tuple[str, str]] = set()
    tokens = sqlglot.tokenize(sql, read=DIALECT)
    for number, token in enumerate(tokens):
        if token.token_type not in (TokenType.STRING, TokenType.NUMBER):
            continue
        if not number or tokens[number - 1].token_type != TokenType.INTERVAL:
            texts |= {token.text} if token.token_type == TokenType.STRING else set()
            continue
        after = tokens[number + 1].text if number + 1 < len(tokens) else ""
        span = "".join(token.text.split()).upper()
        intervals.add((span, span + after.upper()))
    return texts, intervals
