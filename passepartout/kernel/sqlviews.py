"""What a model may read and propose to change, described once: for its prompt, for the gate and for the docs.

A view holds one row for each thing that a business user names, without encrypted or secret columns. Apps register
theirs when they start; their migrations make the views in the schema `ai` with `create_view`, and the rights of the
gate's two roles follow from what is registered (`grants`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from psycopg import sql

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
    """The table behind a view, and what a proposal may set there.

    ``insert`` names what a new row must have; ``defaults`` are text for columns that a proposal does not know.
    """

    table: str
    update: frozenset[str]
    insert: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)


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


def create_view(name: str, select: str) -> str:
    """SQL for a migration. ``select`` reads one table as ``t``; only the rows of the signed organization are shown."""
    return (
        f"CREATE VIEW {SCHEMA}.{name} WITH (security_barrier) AS {select.strip()} "
        f"{'AND' if ' WHERE ' in select else 'WHERE'} t.org_id = (SELECT {SCHEMA}.current_org())"
    )


def grants(known: Catalogue, *, reader: str, writer: str) -> Iterator[sql.Composed]:
    """Statements that give the gate's roles what the catalogue says and nothing else. For the owner; repeatable."""
    both = sql.SQL(", ").join([sql.Identifier(reader), sql.Identifier(writer)])
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public, {schema} FROM {both}").format(
        schema=sql.Identifier(SCHEMA), both=both
    )
    yield sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {both}").format(schema=sql.Identifier(SCHEMA), both=both)
    yield sql.SQL("GRANT EXECUTE ON FUNCTION {schema}.current_org() TO {both}").format(
        schema=sql.Identifier(SCHEMA), both=both
    )
    for view in known.views.values():
        yield sql.SQL("GRANT SELECT ON {view} TO {both}").format(view=sql.Identifier(SCHEMA, view.name), both=both)
        if view.writable is not None:
            yield from _write_grants(view, view.writable, writer)


def _write_grants(view: View, writable: Writable, writer: str) -> Iterator[sql.Composed]:
    names = {"table": sql.Identifier("public", writable.table), "writer": sql.Identifier(writer)}

    def columns(chosen: Iterable[str]) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, sorted(chosen)))

    read = {view.key, "org_id", *writable.update, *writable.insert}
    yield sql.SQL("GRANT SELECT ({columns}) ON {table} TO {writer}").format(columns=columns(read), **names)
    if writable.update:
        yield sql.SQL("GRANT UPDATE ({columns}) ON {table} TO {writer}").format(
            columns=columns(writable.update), **names
        )
    if writable.insert:
        new = {view.key, "org_id", "created_at", *writable.update, *writable.insert, *writable.defaults}
        yield sql.SQL("GRANT INSERT ({columns}) ON {table} TO {writer}").format(columns=columns(new), **names)
