"""Tables of a small logistics product in the test database, with rows of two organizations, behind views of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.db import connection

from passepartout.kernel.sqlviews import SCHEMA, Catalogue, Column, Described, View, Writable, create_view, grants

KINDS = {"kind": ("damage", "loss", "delay"), "severity": ("low", "medium", "high")}
TABLES = {
    "warehouses": "id:uuid name:text city:text",
    "shipments": "id:uuid number:text status:text carrier:text weight_kg:numeric declared_value:numeric "
    "fragile:boolean recipient_city:text warehouse_id:uuid due_on:date delivered_at:timestamptz "
    "created_at:timestamptz",
    "incidents": "id:uuid shipment_id:uuid kind:text severity:text status:text created_at:timestamptz",
}
SECRET = "secret:text org_id:uuid"
INCIDENT = frozenset({"shipment_id", "kind", "severity"})
WRITABLE = {"incidents": Writable("incidents", frozenset({"severity", "status"}), INCIDENT, {"status": "open"})}


def product_views() -> list[View]:
    return [
        View(
            name,
            Described(f"les {name}", f"the {name}"),
            tuple(
                Column(column, kind, Described(column, column), values=KINDS.get(column, ()))
                for column, kind in (part.split(":") for part in columns.split())
            ),
            writable=WRITABLE.get(name),
        )
        for name, columns in TABLES.items()
    ]


def create(cursor: psycopg.Cursor) -> None:
    """As the owner. Each table has a column that no view shows, and rows are filled by `fill`."""
    for name, columns in TABLES.items():
        shape = ", ".join(f"{part.replace(':', ' ')}" for part in f"{columns} {SECRET}".split())
        shown = ", ".join(f"t.{part.split(':')[0]}" for part in columns.split())
        cursor.execute(f"CREATE TABLE {name} ({shape}, PRIMARY KEY (id))")  # type: ignore[arg-type]
        cursor.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY")  # type: ignore[arg-type]
        cursor.execute(
            f"CREATE POLICY tenant ON {name} USING (org_id = (SELECT app_current_org()))"  # type: ignore[arg-type]
        )
        cursor.execute(create_view(name, f"SELECT {shown} FROM public.{name} t"))  # type: ignore[arg-type]
