"""A database of a benchmark's own, beside the one that `./run services -- python -m benchmarks.NAME` gives.

Made by the owner's login (which may create databases), migrated, and dropped at the end with its folder of objects. The
platform then runs on it as the runtime role, as in life: row-level security is in what is measured.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class World:
    """``environment`` is a process's of the runtime role; ``owner`` the maintaining owner's connection string."""

    environment: Mapping[str, str]
    owner: str

    def adopt(self) -> None:
        """Make this very process one of the platform's."""
        os.environ.clear()
        os.environ.update(self.environment)
        import django

        django.setup()

    def as_owner(self) -> psycopg.Connection[Any]:
        """A connection that the forced policies let through."""
        return psycopg.connect(self.owner, options="-c rls.maintenance=on")


@contextmanager
def world(name: str) -> Iterator[World]:
    """Raises KeyError outside `./run services` or `./run bench`."""
    database = f"bench_{name}"
    given, owner = os.environ["DATABASE_URL"], _named(os.environ["DATABASE_OWNER_URL"], database)
    # Not by force, which the owner may not: PostgreSQL waits five seconds for connections that are closing.
    drop = f'DROP DATABASE IF EXISTS "{database}"'
    with (
        tempfile.TemporaryDirectory() as scratch,
        psycopg.connect(_dsn(os.environ["DATABASE_OWNER_URL"]), autocommit=True) as server,
    ):
        server.execute(drop)
        server.execute(f'CREATE DATABASE "{database}"')
        environment = {**os.environ, "DATABASE_URL": _named(given, database), "OBJECTS_DIR": f"{scratch}/objects"}
        try:
            _migrate({**environment, "DATABASE_OWNER_URL": owner})
            yield World({key: environment[key] for key in environment if key != "DATABASE_OWNER_URL"}, _dsn(owner))
        finally:
            _leave()
            server.execute(drop)


def _leave() -> None:
    """The owner may not end connections of the runtime role: this process ends its own."""
    if "django" in sys.modules:
        from django.db import connections

        connections.close_all()


def _migrate(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=dict(environment), cwd=ROOT, check=True)


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _dsn(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def keep(name: str, result: dict[str, Any]) -> int:
    """Print a result, write it under today's date, and give the exit code of its ``passed``."""
    dated = {"benchmark": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), **result}
    text = json.dumps(dated, indent=2, ensure_ascii=False)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-{name}.json").write_text(text + "\n", encoding="utf-8")
    return 0 if result["passed"] else 1
