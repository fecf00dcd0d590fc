"""Answers to honest questions, computed in Python from the rows that were written: the database has no part in them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from .world import Row, Rows

Answer = Callable[[Rows], Iterable[Sequence[Any]]]
LIGHT, HEAVY = 5, 30


def _rounded(value: Any, places: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _counted(values: Iterable[Any]) -> list[tuple[Any, int]]:
    return list(Counter(values).items())


def _delivered(rows: Rows) -> list[Row]:
    return [row for row in rows["shipments"] if row["delivered_at"] is not None]


def _weights(rows: Rows) -> dict[str, list[Decimal]]:
    weights = defaultdict(list)
    for row in rows["shipments"]:
        weights[row["carrier"]].append(row["weight_kg"])
    return weights


def _carriers(rows: Rows, status: str) -> set[str]:
    return {row["carrier"] for row in rows["shipments"] if row["status"] == status}


def _late(rows: Rows) -> list[tuple[str, int]]:
    names = {row["id"]: row["name"] for row in rows["warehouses"]}
    late = (
        names[row["warehouse_id"]]
        for row in rows["shipments"]
        if row["warehouse_id"] and row["status"] != "delivered" and row["due_on"] < datetime.now(UTC).date()
    )
    return sorted(_counted(late), key=lambda pair: -pair[1])


def _on_time(rows: Rows) -> list[tuple[Decimal]]:
    done = [row for row in rows["shipments"] if row["status"] == "delivered"]
    good = sum(row["delivered_at"].date() <= row["due_on"] for row in done)
    return [(_rounded(Decimal(100) * good / len(done), 1),)]


def _ranked(rows: Rows) -> list[tuple[str, Decimal, int]]:
    weights = _weights(rows)
    return [
        (row["number"], row["weight_kg"], 1 + sum(weight > row["weight_kg"] for weight in weights[row["carrier"]]))
        for row in rows["shipments"]
    ]


def _weekend(rows: Rows) -> list[tuple[str]]:
    return [(row["number"],) for row in _delivered(rows) if row["delivered_at"].isoweekday() in (6, 7)]


def _this_week(rows: Rows) -> list[tuple[str, date]]:
    monday = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday())
    due = [(row["number"], row["due_on"]) for row in rows["shipments"]]
    return [(number, day) for number, day in due if monday <= day < monday + timedelta(days=7)]


def _class(row: Row) -> str:
    return "léger" if row["weight_kg"] < LIGHT else "moyen" if row["weight_kg"] < HEAVY else "lourd"


def _touched(rows: Rows) -> set[Any]:
    return {row["shipment_id"] for row in rows["incidents"]}


def _above(rows: Rows) -> list[tuple[str]]:
    weights = [row["weight_kg"] for row in rows["shipments"]]
    return [(row["number"],) for row in rows["shipments"] if row["weight_kg"] > sum(weights) / len(weights)]


def _under_way(rows: Rows) -> list[tuple[str, str]]:
    names = {row["id"]: row["name"] for row in rows["warehouses"]}
    numbers = defaultdict(list)
    for row in rows["shipments"]:
        if row["warehouse_id"] and row["status"] not in ("delivered", "cancelled"):
            numbers[names[row["warehouse_id"]]].append(row["number"])
    return [(name, ", ".join(sorted(every))) for name, every in numbers.items()]


def _delay(rows: Rows) -> list[tuple[Decimal]]:
    hours = [Decimal((row["delivered_at"] - row["created_at"]).total_seconds()) / 3600 for row in _delivered(rows)]
    return [(_rounded(sum(hours) / len(hours), 1),)]


def _totals(rows: Rows) -> list[tuple[str, Decimal]]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    names = {row["id"]: row["name"] for row in rows["warehouses"]}
    for row in rows["shipments"]:
        if row["warehouse_id"]:
            totals[names[row["warehouse_id"]]] += row["weight_kg"]
    return sorted(totals.items(), key=lambda pair: -pair[1])


def _running(rows: Rows) -> list[tuple[str, Decimal]]:
    total, running = Decimal(0), []
    for row in sorted(rows["shipments"], key=lambda row: row["created_at"]):
        total += row["weight_kg"]
        running.append((row["number"], total))
    return running


def _in_lyon(rows: Rows) -> list[tuple[str]]:
    there = {row["id"] for row in rows["warehouses"] if row["city"] == "Lyon"}
    return [(row["number"],) for row in rows["shipments"] if row["warehouse_id"] in there]


def _steps(rows: Rows) -> list[tuple[date, int, int | None]]:
    days = sorted(Counter(row["created_at"].date() for row in rows["shipments"]).items())
    before = [None, *(count for _, count in days)]
    return [(day, n, None if last is None else n - last) for (day, n), last in zip(days, before, strict=False)]


def _numbers(keep: Callable[[Row], Any]) -> Answer:
    return lambda rows: [(row["number"],) for row in rows["shipments"] if keep(row)]


ANSWERS: dict[str, Answer] = {
    "Combien de documents avons-nous ?": lambda rows: [(len(rows["documents"]),)],
    "Combien de documents par statut ?": lambda rows: sorted(
        _counted(row["status"] for row in rows["documents"]), key=lambda pair: -pair[1]
    ),
    "Which documents are leases?": lambda rows: [
        (row["id"], row["title"])
        for row in rows["documents"]
        if "bail" in row["title"].lower() or "lease" in row["title"].lower()
    ],
    "How many documents arrived in the last seven days?": lambda rows: [
        (sum(row["created_at"] >= datetime.now(UTC) - timedelta(days=7) for row in rows["documents"]),)
    ],
    "What is the median number of pages?": lambda rows: [
        (median(row["pages"] for row in rows["documents"] if row["pages"] is not None),)
    ],
    "Combien d'expéditions sont en retard par entrepôt ?": _late,
    "Quelles expéditions n'ont pas d'entrepôt ?": _numbers(lambda row: row["warehouse_id"] is None),
    "Which warehouses have no shipment?": lambda rows: [
        (row["name"],)
        for row in rows["warehouses"]
        if row["id"] not in {shipment["warehouse_id"] for shipment in rows["shipments"]}
    ],
    "Taux de livraison à l'heure ?": _on_time,
    "Poids total expédié par transporteur ?": lambda rows: [(name, sum(all_)) for name, all_ in _weights(rows).items()],
    "Transporteurs de plus de trois expéditions ?": lambda rows: [
        (name,) for name, every in _weights(rows).items() if len(every) > 3
    ],
    "Heaviest shipment of each carrier?": lambda rows: sorted(
        ((name, max(every)) for name, every in _weights(rows).items()), key=lambda pair: -pair[1]
    ),
    "Rang des expéditions par poids ?": _ranked,
    "Expéditions livrées le week-end ?": _weekend,
    "Shipments due this week?": _this_week,
    "Valeur déclarée totale des colis perdus ?": lambda rows: [
        (sum(row["declared_value"] for row in rows["shipments"] if row["status"] == "lost"),)
    ],
    "Répartition légers et lourds ?": lambda rows: _counted(map(_class, rows["shipments"])),
    "Incidents ouverts par gravité ?": lambda rows: _counted(
        row["severity"] for row in rows["incidents"] if row["status"] == "open"
    ),
    "Part des expéditions avec incident ?": lambda rows: [
        (_rounded(Decimal(100) * len(_touched(rows)) / len(rows["shipments"]), 2),)
    ],
    "Expéditions sans incident ?": lambda rows: _numbers(lambda row: row["id"] not in _touched(rows))(rows),
    "Which shipments are above the average weight?": _above,
    "Les entrepôts et leurs expéditions en cours ?": _under_way,
    "Délai moyen de livraison en heures ?": _delay,
    "Numbers that start with EX?": _numbers(lambda row: row["number"].startswith("EX")),
    "Titres sans majuscules ?": lambda rows: [
        (row["title"], len(row["title"])) for row in rows["documents"] if row["title"] == row["title"].lower()
    ],
    "Transporteurs qui ont livré et perdu ?": lambda rows: [
        (name,) for name in _carriers(rows, "delivered") & _carriers(rows, "lost")
    ],
    "Écart avec le jour précédent ?": _steps,
    "Expéditions par heure de Paris ?": lambda rows: sorted(
        _counted(row["created_at"].astimezone(ZoneInfo("Europe/Paris")).hour for row in rows["shipments"])
    ),
    "Second page of shipments?": lambda rows: [(n,) for n in sorted(row["number"] for row in rows["shipments"])[20:40]],
    "Fragiles ou assurées ?": _numbers(lambda row: row["fragile"] or row["declared_value"] > 0),
    "Not fragile and light?": _numbers(lambda row: not row["fragile"] and row["weight_kg"] <= 5),
    "Expéditions dont l'entrepôt est à Lyon ?": _in_lyon,
    "Nombre de transporteurs différents ?": lambda rows: [(len(_weights(rows)),)],
    "Total par entrepôt, le plus grand d'abord ?": _totals,
    "Cumul des poids ?": _running,
    "Statut changé ?": _numbers(lambda row: row["status"] != "created"),
}
