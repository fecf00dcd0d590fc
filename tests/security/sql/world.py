"""A database of its own with a small logistics product for two organizations, behind views as a product makes them.

Made beside the tests' database, from the platform's own functions, so that what an attack breaks is nobody's. It can
be made without some of its layers, to see what each of them stops.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from passepartout.kernel.sqlviews import SCHEMA, Catalogue, Column, Described, View, Writable, create_view, grants

MINE = UUID("0192f5a4-0000-7000-8000-00000000a11c")
CHARLIE = UUID("0192f5a4-0000-7000-8000-00000000c0de")
DOCUMENT = UUID("0192f5a4-0000-7000-8000-000000000d0c")
THEIRS, HIDDEN = "NORD-7f3a", "CACHE-91b2"  # in every text of the other organization, in every hidden column
KINDS = {"kind": ("damage", "loss", "delay"), "severity": ("low", "medium", "high")}
OWNER_IDENTITY: dict[str, Any] = {}  # where Django's connection is the runtime role's: filled by conftest.py
WRITABLE = {
    "documents": Writable("documents", frozenset({"title"})),
    "incidents": Writable(
        "incidents", frozenset({"severity", "status"}), frozenset({"shipment_id", "kind", "severity"}),
        {"status": "open"},
    ),
}  # fmt: skip
MEANINGS = {
    "documents": ("les documents", "the documents"),
    "warehouses": ("les entrepôts", "the warehouses"),
    "shipments": ("les expéditions", "the shipments"),
    "incidents": ("les incidents", "the incidents"),
}
SHAPES = {
    "documents": "id:uuid title:text status:text pages:integer created_at:timestamptz",
    "warehouses": "id:uuid name:text city:text",
    "shipments": "id:uuid number:text status:text carrier:text weight_kg:numeric declared_value:numeric "
    "fragile:boolean recipient_city:text warehouse_id:uuid due_on:date delivered_at:timestamptz "
    "created_at:timestamptz",
    "incidents": "id:uuid shipment_id:uuid kind:text severity:text status:text created_at:timestamptz",
}
COLUMNS = {name: [part.split(":")[0] for part in shape.split()] for name, shape in SHAPES.items()}
Row = dict[str, Any]
Rows = dict[str, list[Row]]


def _view(name: str, shape: str) -> View:
    parts = (part.split(":") for part in shape.split())
    columns = tuple(Column(head, kind, Described(head, head), values=KINDS.get(head, ())) for head, kind in parts)
    return View(name, Described(*MEANINGS[name]), columns, writable=WRITABLE.get(name))


CATALOGUE = Catalogue.of(_view(name, shape) for name, shape in SHAPES.items())


@dataclass(frozen=True)
class World:
    """``rows`` are those of MINE by table, as they were written: an answer can be computed from them."""

    database: str
    rows: Rows = field(repr=False)
    theirs: Rows = field(repr=False)


def filled(statement: str) -> str:
    """The identifiers that the suites leave open."""
    return statement.replace("{charlie}", str(CHARLIE)).replace("{document}", str(DOCUMENT))


@contextmanager
def world(suffix: str = "world", *, token: bool = True, hardened: bool = True, documents: int = 900) -> Iterator[World]:
    """``token`` False: the views go by a plain setting. ``hardened`` False: the catalogue of a new PostgreSQL.

    Django's connection must be the owner's, or `OWNER_IDENTITY` be filled.
    """
    name = f"{connection.settings_dict['NAME']}_{suffix}"
    with owner("postgres") as maintenance:
        maintenance.autocommit = True
        _drop(maintenance, name)
        template = sql.Identifier("template1" if hardened else "template0")
        maintenance.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template))
        try:
            rows = _rows(MINE, "", documents=documents, others=300, seed=7)
            with owner(name) as made:
                _make(made, token=token)
                fill(made, MINE, rows)
                theirs = _rows(CHARLIE, THEIRS, documents=40, others=40, seed=8)
                fill(made, CHARLIE, theirs)
                made.execute("ANALYZE")  # the planner guesses costs from this; a living database does it by itself
            yield World(name, rows, theirs)
        finally:
            _drop(maintenance, name)


def _drop(maintenance: psycopg.Connection, name: str) -> None:
    maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def owner(database: str) -> Iterator[psycopg.Connection]:
    """The owner maintains: policies let it through. Commits at the end."""
    said = OWNER_IDENTITY or connection.settings_dict
    with psycopg.connect(
        host=said["HOST"], port=said["PORT"], user=said["USER"], password=said["PASSWORD"], dbname=database,
        options="-c rls.maintenance=on",
    ) as made:  # fmt: skip
        yield made


def _make(made: psycopg.Connection, *, token: bool) -> None:
    app = sql.Identifier(settings.DATABASE_APP_ROLE)
    run = [
        import_module("passepartout.kernel.migrations.0001_database").FUNCTIONS,
        import_module("passepartout.kernel.migrations.0002_gate").FUNCTIONS,
        "REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
    ]
    if not token:
        run.append(
            f"CREATE OR REPLACE FUNCTION {SCHEMA}.current_org() RETURNS uuid LANGUAGE sql STABLE "
            "AS $$ SELECT nullif(current_setting('app.org_id', true), '')::uuid $$"
        )
    for name, shape in SHAPES.items():
        run.extend(_table(name, shape))
    for statement in run:
        made.execute(statement)
    made.execute(sql.SQL("GRANT USAGE ON SCHEMA gate TO {}").format(app))
    made.execute(sql.SQL("GRANT EXECUTE ON FUNCTION gate.issue(uuid, integer, integer) TO {}").format(app))
    roles = {"reader": settings.SQL_READER_ROLE, "writer": settings.SQL_WRITER_ROLE}
    for grant in grants(CATALOGUE, **roles):
        made.execute(grant)
    both = sql.SQL(", ").join(map(sql.Identifier, roles.values()))
    made.execute(sql.SQL("GRANT EXECUTE ON FUNCTION public.app_current_org() TO {}").format(both))
    made.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(roles["writer"])))


def _table(name: str, shape: str) -> Iterator[str]:
    columns = shape.replace(":", " ").split(" ")
    typed = ", ".join(f"{head} {kind}" for head, kind in zip(columns[::2], columns[1::2], strict=True))
    shown = ", ".join(f"t.{head}" for head in columns[::2])
    yield (
        f"CREATE TABLE public.{name} ({typed}, secret text NOT NULL DEFAULT '{HIDDEN}', org_id uuid NOT NULL, "
        "PRIMARY KEY (id), UNIQUE (org_id, id))"
    )
    yield f"ALTER TABLE public.{name} ENABLE ROW LEVEL SECURITY; ALTER TABLE public.{name} FORCE ROW LEVEL SECURITY"
    yield f"CREATE POLICY tenant ON public.{name} USING (org_id = (SELECT app_current_org()))"
    check = "current_setting('rls.maintenance', true) = 'on'"
    yield f"CREATE POLICY maintenance ON public.{name} TO CURRENT_USER USING ({check}) WITH CHECK ({check})"
    yield create_view(name, f"SELECT {shown} FROM public.{name} t")


def fill(made: psycopg.Connection, organization: UUID, rows: Rows) -> None:
    for name, every in rows.items():
        statement = sql.SQL("INSERT INTO public.{} ({}) VALUES ({})").format(
            sql.Identifier(name),
            sql.SQL(", ").join(map(sql.Identifier, [*COLUMNS[name], "org_id"])),
            sql.SQL(", ").join([sql.Placeholder()] * (len(COLUMNS[name]) + 1)),
        )
        with made.cursor() as cursor:
            cursor.executemany(statement, [[*(row[head] for head in COLUMNS[name]), organization] for row in every])


def _rows(organization: UUID, mark: str, *, documents: int, others: int, seed: int) -> Rows:
    chance = random.Random(seed)

    def ident() -> UUID:
        return UUID(int=chance.getrandbits(128))

    now = datetime.now(UTC).replace(microsecond=0)
    homes = [(f"Entrepôt {city}{mark}", f"{city}{mark}") for city in ("Lyon", "Lille", "Nantes", "Brest")]
    warehouses = [{"id": ident(), "name": name, "city": city} for name, city in homes]
    shipments = [_shipment(chance, ident(), number, mark, warehouses, now) for number in range(others)]
    incidents = [
        {
            "id": ident(), "shipment_id": chance.choice(shipments)["id"], "kind": chance.choice(KINDS["kind"]),
            "severity": chance.choice(KINDS["severity"]), "status": chance.choice(("open", "closed")),
            "created_at": now - timedelta(hours=chance.randrange(2000)),
        }
        for _ in range(others // 5)
    ]  # fmt: skip
    papers = [_document(chance, ident(), number, mark, now) for number in range(documents)]
    if organization == MINE:
        papers[0]["id"] = DOCUMENT
    return {"documents": papers, "warehouses": warehouses, "shipments": shipments, "incidents": incidents}


def _document(chance: random.Random, ident: UUID, number: int, mark: str, now: datetime) -> Row:
    title = chance.choice(("Bail", "Lease", "facture", "Contrat", "note de service"))
    return {
        "id": ident, "title": f"{title} {number}{mark}", "status": chance.choice(("indexed", "indexed", "failed")),
        "pages": chance.choice((0, 1, 2, 5, 40, None)), "created_at": now - timedelta(hours=chance.randrange(3000)),
    }  # fmt: skip


def _shipment(chance: random.Random, ident: UUID, number: int, mark: str, warehouses: list[Row], now: datetime) -> Row:
    status = chance.choice(("created", "in_transit", "delivered", "delivered", "lost", "cancelled"))
    created = now - timedelta(minutes=7 * number + 1)
    delivered = created + timedelta(hours=chance.randrange(1, 90)) if status == "delivered" else None
    return {
        "id": ident, "number": f"{chance.choice(('EX', 'FR'))}{number:06}{mark}", "status": status,
        "carrier": chance.choice(("Chronopost", "Colissimo", "DHL", "UPS")) + mark,
        "weight_kg": Decimal(chance.randrange(10, 5000)) / 100,
        "declared_value": Decimal(chance.choice((0, 0, 50, 900))),
        "fragile": chance.random() < 0.3, "recipient_city": chance.choice(("Lyon", "L'Haÿ-les-Roses", "Paris")) + mark,
        "warehouse_id": chance.choice([*warehouses[:3], {"id": None}])["id"],
        "due_on": datetime.now(UTC).date() + timedelta(days=chance.randrange(-6, 6)), "delivered_at": delivered,
        "created_at": created,
    }  # fmt: skip
