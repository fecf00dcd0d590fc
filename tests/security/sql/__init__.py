"""Statements for the gate: what must never get through beside what must, one a line (see read_statements)."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Statement:
    """``about``: the family of an attack, or the question an honest statement answers."""

    about: str
    sql: str


def read_statements(name: str) -> list[Statement]:
    """Lines ``about :: statement`` of `name`.txt. ``\\x…`` and ``\\u…`` are characters, ``\\n`` is a new line."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    parts = [line.split(" :: ", 1) for line in lines if line.strip() and not line.startswith("#")]
    return [Statement(about.strip(), sql.encode("latin-1", "backslashreplace").decode("unicode_escape"))
            for about, sql in parts]  # fmt: skip
