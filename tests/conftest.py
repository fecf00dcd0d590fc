"""Fixtures of what crosses apps."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Platform

FIRST_DATABASE = 10  # of Valkey; 0 to 9 are left to people


@pytest.fixture
def platform(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Callable[..., Platform]]:
    """``platform(JOB_MAX_ATTEMPTS="3")`` makes one; start its processes by name. All are killed at the end."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # the processes know no other
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    made: list[Platform] = []

    def make(*, concurrency: int = 2, **environment: str) -> Platform:
        made.append(Platform(tmp_path, FIRST_DATABASE + int(worker) % 6, environment, concurrency))
        made[-1].broker.flushdb()
        return made[-1]

    yield make
    for each in made:
        each.stop()
