"""Questions that the product answers from its own tables, with their SQL: data in questions.json.

They are asked in French or English, in other words too, of any usual time (`engines.text.saved`). Their statements go
through the same gate as a model's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from engines.text.saved import Match, Period, Saved, match

from .analysis.text import DIALECT


class _Question(NamedTuple):
    """``period``: the column that the asked time narrows."""

    saved: Saved
    sql: str
    period: str


@cache
def _questions() -> dict[str, _Question]:
    read = json.loads((Path(__file__).parent / "questions.json").read_text(encoding="utf-8"))
    return {
        one["id"]: _Question(Saved(one["id"], {"fr": one["fr"], "en": one["en"]}), one["sql"], one["period"])
        for one in read
    }


@dataclass(frozen=True)
class Example:
    """``sql`` answers it of all time."""

    ident: str
    phrasings: Mapping[str, Sequence[str]]
    sql: str


def examples() -> list[Example]:
    """All of them: what can be asked, for a prompt and for people."""
    return [Example(ident, question.saved.phrasings, question.sql) for ident, question in _questions().items()]


def statement_for(question: str) -> str | None:
    """The SQL that answers ``question``; None when it is none of ours."""
    found = match(question, [each.saved for each in _questions().values()])
    return None if found is None else _narrowed(found)


def _narrowed(found: Match) -> str:
    question = _questions()[found.saved.ident]
    if found.period is None:
        return question.sql
    tree = sqlglot.parse_one(question.sql, read=DIALECT)
    assert isinstance(tree, exp.Select)
    return tree.where(*_bounds(question.period, found.period), dialect=DIALECT).sql(DIALECT)


def _bounds(column: str, period: Period) -> list[str]:
    def moment(units: int) -> str:
        start = "now()" if period.rolling else f"date_trunc('{period.unit}', now())"
        sign = "-" if units > 0 else "+"
        return start if units == 0 else f"{start} {sign} interval '{abs(units)} {period.unit}'"

    first = f"{column} >= {moment(period.first)}"
    return [first] if period.last < 0 or period.rolling else [first, f"{column} < {moment(period.last)}"]
