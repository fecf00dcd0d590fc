"""What a model may read and propose to change, described once: for its prompt, for the gate and for the docs.

A view holds one row for each thing that a business user names, without encrypted or secret columns. Apps register
theirs when they start; the views themselves are made by their migrations, in the schema `ai`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SCHEMA = "ai"
KINDS = frozenset({"text", "integer", "numeric", "boolean", "date", "timestamptz", "uuid"})


@dataclass(frozen=True)
class Described:
    """A name in both languages, as it stands in the middle of a sentence."""

    fr: str
    en: str

    def in_(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True)
class Column:
    """``kind`` is the type in PostgreSQL. ``values`` are all that it may hold, when they are few."""

    name: str
    kind: str
    meaning: Described
    unit: str = ""
    values: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True)
class Writable:
    """The table behind a view, and what a proposal may set there. ``insert`` names what a new row must have."""

    table: str
    update: frozenset[str]
    insert: frozenset[str] = frozenset()


@dataclass(frozen=True)
class View:
    """``key`` is the primary key's column, a uuid, by which a proposed change names its rows."""

    name: str
    meaning: Described
    columns: tuple[Column, ...]
    key: str = "id"
    writable: Writable | None = None

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Catalogue:
    """Views by name. Immutable: a test makes its own."""

    views: Mapping[str, View] = field(default_factory=dict)

    @classmethod
    def of(cls, views: Iterable[View]) -> "Catalogue":
        """Raises ValueError for two views of one name and for a column of an unknown type."""
        named: dict[str, View] = {}
        for view in views:
            if view.name in named:
                raise ValueError(f"two views are named {view.name}")
            unknown = {column.kind for column in view.columns} - KINDS
            if unknown:
                raise ValueError(f"{view.name} has columns of unknown types: {sorted(unknown)}")
            named[view.name] = view
        return cls(named)

    def schema(self) -> dict[str, dict[str, dict[str, str]]]:
        """The map of names that sqlglot qualifies against: schema, view, column, type."""
        return {
            SCHEMA: {view.name: {column.name: column.kind for column in view.columns} for view in self.views.values()}
        }


_registered: list[View] = []


def register(*views: View) -> None:
    """Called by an app's `ready`."""
    _registered.extend(views)


def catalogue() -> Catalogue:
    return Catalogue.of(_registered)
