"""Statements spliced from tokens and from subtrees of both suites, and another opinion on those that the gate takes.

The second opinion is PostgreSQL's: it parses the canonical text itself and says which relations its plan reads; and the
rows are looked at. For changes it is a reading of the structure by other rules than those that made it.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from passepartout.proposals.analysis import Read, Refused, Write, analyse

from . import Statement, read_statements
from .layers import SERVER, Gate
from .world import CATALOGUE, SHAPES, filled

TOKEN = re.compile(r"\s*(\$\$|--[^\n]*|/\*|\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\w+|::|<>|>=|<=|\|\||.)", re.DOTALL)
LITERAL = re.compile(r"'(?:[^']|'')*'")
SPLICED_SUBTREES = 0.7
# In what a plan computes; the policies of the tables below the views may read settings, an output may not.
POLICY = re.compile(
    r"\(?(gate\.verified\(current_setting\('app\.sql_token'|NULLIF\(current_setting\('app\.org_id'|app_current_org\(\))"
)
FORBIDDEN = re.compile(r"set_config|current_setting|\bpg_\w+\(|\blo_\w+\(|\bgate\.|dblink|_to_xml", re.IGNORECASE)


@dataclass
class Tally:
    """How many were made, taken, and refused by code; ``suspect`` must stay empty."""

    made: int = 0
    reads: int = 0
    writes: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    suspect: list[tuple[str, str]] = field(default_factory=list)


def spliced(seed: int) -> Iterator[str]:
    """Endless, and the same for the same seed."""
    chance = random.Random(seed)
    texts = [filled(each.sql) for name in ("attacks", "honest") for each in read_statements(name)]
    texts += [filled(each) for each in _CHANGES]
    tokens = [TOKEN.findall(text) for text in texts]
    trees = [tree for tree in map(_tree, texts) if tree is not None]
    honest = trees[-len(read_statements("honest")) - len(_CHANGES) :]
    pool = _by_kind(trees)
    while True:
        if chance.random() < SPLICED_SUBTREES:
            yield _grafted(chance, chance.choice(honest if chance.random() < 0.6 else trees), pool)
        else:
            yield _mixed(chance, tokens)


def examine(gate: Gate, session: psycopg.Connection, statements: Iterator[str], count: int) -> Tally:
    """``session``: the reading role's, in a transaction that shows MINE."""
    tally = Tally()
    for _ in range(count):
        text = next(statements)
        tally.made += 1
        try:
            analysed = analyse(text, CATALOGUE)
        except Refused as refused:
            tally.refused[refused.code] += 1
            continue
        if isinstance(analysed, Write):
            tally.writes += 1
            problem = _doubt_of_change(analysed)
        else:
            tally.reads += 1
            problem = _doubt_of_plan(session, analysed) or gate.attempt(Statement("fuzz", text)).harm
            if problem == "the server" and any(mark in literal for mark in SERVER for literal in LITERAL.findall(text)):
                problem = ""  # it gave back a word of its own
        if problem:
            tally.suspect.append((problem, text))
    return tally


_CHANGES = (
    "UPDATE documents SET title = 'Bail 12' WHERE id = '{document}'",
    "UPDATE incidents SET severity = 'high', status = NULL WHERE id IN ('{document}', '{charlie}')",
    "INSERT INTO incidents (shipment_id, kind, severity) VALUES ('{document}', 'damage', 'low')",
)


def _tree(text: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(text, read="postgres")
    except (SqlglotError, RecursionError, ValueError):
        return None


def _by_kind(trees: list[exp.Expr]) -> dict[str, list[exp.Expr]]:
    pool: dict[str, list[exp.Expr]] = {"query": [], "condition": [], "other": []}
    for tree in trees:
        for node in tree.walk():
            pool[_kind(node)].append(node)
            pool.setdefault(type(node).__name__, []).append(node)
    return pool


def _kind(node: exp.Expr) -> str:
    if isinstance(node, exp.Query):
        return "query"
    return "condition" if isinstance(node, exp.Condition) else "other"


def _grafted(chance: random.Random, tree: exp.Expr, pool: dict[str, list[exp.Expr]]) -> str:
    """One to three subtrees replaced by others, mostly of their kind."""
    whole = tree.copy()
    for _ in range(chance.randint(1, 3)):
        node = chance.choice(list(whole.walk()))
        kind = chance.choices([type(node).__name__, _kind(node), chance.choice(list(pool))], [0.6, 0.3, 0.1])[0]
        other = chance.choice(pool[kind]).copy()
        if node is whole:
            whole = other
        else:
            node.replace(other)
    try:
        return whole.sql("postgres")
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, KeyError):
        return "SELECT"  # not every graft can be written


def _mixed(chance: random.Random, tokens: list[list[str]]) -> str:
    """The beginning of one statement, a piece of another, the rest of the first or of a third."""
    first, second, third = (list(chance.choice(tokens)) for _ in range(3))
    start = chance.randrange(len(first) + 1)
    left = chance.randrange(len(second) + 1)
    piece = second[left : left + chance.randint(0, 8)]
    rest = first[start + chance.randint(0, 3) :] if chance.random() < 0.8 else third[chance.randrange(len(third) + 1) :]
    made = [*first[:start], *piece, *rest]
    for _ in range(chance.randint(0, 2)):
        if made:
            made[chance.randrange(len(made))] = chance.choice(chance.choice(tokens))
    return " ".join(made)


def _doubt_of_plan(session: psycopg.Connection, read: Read) -> str:
    """What PostgreSQL's plan reads beyond the tables of the views that the analysis named."""
    try:
        with session.transaction(force_rollback=True):
            explained: Any = session.execute(
                f"EXPLAIN (VERBOSE, FORMAT JSON) {read.sql}".encode(), prepare=True
            ).fetchone()
    except psycopg.Error as error:
        allowed = (psycopg.errors.DataError, psycopg.errors.ProgrammingError, psycopg.errors.FeatureNotSupported)
        denied = isinstance(error, psycopg.errors.InsufficientPrivilege)
        # A type that does not fit fails there; a right that is missing means that the analysis named too much.
        return "denied: " + str(error) if denied or not isinstance(error, allowed) else ""
    known = {("public", name) for name in read.views}
    for node in _nodes(explained[0][0]["Plan"]):
        relation = (node.get("Schema"), node.get("Relation Name"))
        if relation != (None, None) and (relation not in known or relation[1] not in SHAPES):
            return f"reads {relation}"
        if "Function Name" in node or "Table Function Name" in node:
            return "a function as a table"
        if any(FORBIDDEN.search(shown) for shown in node.get("Output", []) if not POLICY.match(shown)):
            return "computes what is forbidden"
    return ""


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def _doubt_of_change(write: Write) -> str:
    writable = CATALOGUE.views[write.view].writable
    if writable is None or writable.table != write.table:
        return "a table that may not be changed"
    allowed = writable.update | (writable.insert if write.operation == "insert" else frozenset())
    if not {name for name, _ in write.values} <= allowed:
        return "a column that may not be changed"
    if not all(value is None or type(value) in (str, int, float, bool) for _, value in write.values):
        return "a value that is not written out"
    if write.operation == "update" and not (1 <= len(write.keys) <= 50 and all(str(UUID(key)) for key in write.keys)):
        return "rows that are not named"
    return "" if analyse(write.sql, CATALOGUE) == write else "reads otherwise when it is read again"
