"""A world for the gate beside the tests' database, and Django's connection moved into it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection

from . import world
from .world import World


@pytest.fixture(scope="session")
def owned(django_db_setup: None, as_owner_of_the_database: Callable[[], AbstractContextManager[None]]) -> None:
    """Worlds are made by the owner of the tests' database."""
    with as_owner_of_the_database():
        world.OWNER_IDENTITY.update(connection.settings_dict)


@pytest.fixture(scope="module")
def whole_world(owned: None) -> Iterator[World]:
    """With every layer."""
    with world.world() as made:
        yield made


@pytest.fixture
def in_world(whole_world: World, django_db_blocker: Any) -> Iterator[World]:
    """The gate's own code runs in the world's database."""
    with django_db_blocker.unblock():
        connection.close()
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = whole_world.database
        yield whole_world
        connection.close()
        connection.settings_dict["NAME"] = before
