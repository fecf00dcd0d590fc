"""The views as a language model is told of them, with examples; and whether a question is likely about them."""

import re

from engines.text.analysis import fold, terms
from passepartout.kernel.sqlviews import SCHEMA, Column, View, catalogue

from .saved import examples

EXAMPLES = 4
_ASKS_FOR_ROWS = re.compile(
    r"\b(combien|nombre|quels?|quelles?|liste|total|moyenn\w*|par (jour|mois|statut)|how many|how much|number of|which|"
    r"list|average|mean|per (day|month|status)|passe|renomme|modifie|change|rename|set)\b"
)


def about_views(question: str, language: str) -> bool:
    """Whether it names what a view holds, and asks for rows, numbers or a change."""
    said = set(terms(question, language))
    named = any(said & set(terms(view.meaning.in_(language), language)) for view in catalogue().views.values())
    return named and _ASKS_FOR_ROWS.search(fold(question)) is not None


def described(language: str) -> str:
    """Views with their columns, types, units and values, then questions with their SQL."""
    views = [_view(view, language) for view in catalogue().views.values()]
    shown = [f"{example.phrasings[language][0]} -> {example.sql}" for example in examples()[:EXAMPLES]]
    return "\n".join([*views, "", *shown])


def _view(view: View, language: str) -> str:
    columns = "\n".join(f"  {_column(column, language)}" for column in view.columns)
    changes = f"; UPDATE: {', '.join(sorted(view.writable.update))}" if view.writable else ""
    return f"{SCHEMA}.{view.name} ({view.meaning.in_(language)}{changes})\n{columns}"


def _column(column: Column, language: str) -> str:
    values = f" = {' | '.join(column.values)}" if column.values else f" e.g. {column.example}" if column.example else ""
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.name} {column.kind}: {column.meaning.in_(language)}{unit}{values}"
