"""A catalogue like the one that products will register, so that the statements of the suites mean something."""

import pytest

from passepartout.kernel.sqlviews import Catalogue, Column, Described, View, Writable


def _view(name: str, words: tuple[str, str], columns: str, writable: Writable | None = None) -> View:
    parsed = [part.partition(":")[::2] for part in columns.split()]
    return View(
        name,
        Described(*words),
        tuple(Column(column, kind, Described(column, column), values=KINDS.get(column, ())) for column, kind in parsed),
        writable=writable,
    )


KINDS = {"kind": ("damage", "loss", "delay"), "severity": ("low", "medium", "high")}
INCIDENT = frozenset({"shipment_id", "kind", "severity"})


@pytest.fixture(scope="session")
def known() -> Catalogue:
    return Catalogue.of(
        [
            _view(
                "documents",
                ("les documents", "the documents"),
                "id:uuid title:text status:text pages:integer created_at:timestamptz",
                Writable("documents", frozenset({"title"})),
            ),
            _view(
                "shipments",
                ("les expéditions", "the shipments"),
                "id:uuid number:text status:text carrier:text weight_kg:numeric declared_value:numeric fragile:boolean "
                "recipient_city:text warehouse_id:uuid due_on:date delivered_at:timestamptz created_at:timestamptz",
            ),
            _view("warehouses", ("les entrepôts", "the warehouses"), "id:uuid name:text city:text"),
            _view(
                "incidents",
                ("les incidents", "the incidents"),
                "id:uuid shipment_id:uuid kind:text severity:text status:text created_at:timestamptz",
                Writable("incidents", frozenset({"severity", "status"}), INCIDENT),
            ),
        ]
    )
