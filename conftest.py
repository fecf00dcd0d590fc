"""Tests run against a real PostgreSQL as the runtime role: owner to create and flush the database, `app` for the rest.

`./run test` starts the services and sets their addresses.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from rest_framework.test import APIClient

from engines.accelerator import Accelerator
from engines.accelerator.valkey import ValkeyAccelerator
from passepartout.jobs import gpus
from passepartout.tenancy.factories import Person, colleague, owner
from tests.leases import settled

_OWNER: dict[str, Any] = {}  # filled before the connection is swapped to the runtime role


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background, a process ignores Ctrl-C and so do its children: the tests must not.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _role(**identity: Any) -> Iterator[None]:
    """Log in as another role for a while."""
    before = {key: connection.settings_dict[key] for key in identity}
    connection.close()
    connection.settings_dict.update(identity)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def _app() -> dict[str, Any]:
    return {"USER": settings.DATABASE_APP["USER"], "PASSWORD": settings.DATABASE_APP["PASSWORD"], "OPTIONS": {}}


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Create the database as its owner, then swap the one connection to the runtime role."""
    with django_db_blocker.unblock():
        keep = request.config.getvalue("reuse_db")
        old = setup_databases(verbosity=0, interactive=False, keepdb=keep, serialized_aliases=set())
    owner_identity = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD", "OPTIONS")}
    _OWNER.update(owner_identity)
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def flush_as_owner(case: TransactionTestCase) -> None:
        with _role(**owner_identity):
            flush(case)

    TransactionTestCase._fixture_teardown = flush_as_owner  # type: ignore[attr-defined]
    connection.close()
    connection.settings_dict.update(_app())
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[attr-defined]
    connection.close()
    connection.settings_dict.update(owner_identity)
    with django_db_blocker.unblock():
        teardown_databases(old, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _tests_run_as_the_runtime_role(request: pytest.FixtureRequest) -> None:
    if "django_db_setup" not in request.fixturenames and not settings.configured:
        return
    blocker = request.getfixturevalue("django_db_blocker")
    request.getfixturevalue("django_db_setup")
    with blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.OBJECTS_DIR = tmp_path / "objects"
    settings.ANCHORS_DIR = tmp_path / "anchors"
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns of a folder that is missing
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}  # rates are counted for each test


@pytest.fixture
def alice(db: None) -> Person:
    """Owns the first organization."""
    return owner("alice@example.org", "Conciergerie du Parc")


@pytest.fixture
def bob(alice: Person) -> Person:
    """Alice's colleague, a manager."""
    return colleague(alice, "bob@example.org")


@pytest.fixture
def charlie(db: None) -> Person:
    """Belongs to the other organization and must never see anything."""
    return owner("charlie@example.net", "Logistique du Nord")


@pytest.fixture
def leases(settings: Any) -> Iterator[Accelerator]:
    """Of a GPU that the settings name and nobody has used, ready."""
    settings.GPU_DEVICES, settings.GPU_LEASE_SECONDS = [f"gpu-{uuid4().hex}"], 1
    made = ValkeyAccelerator(settings.REDIS_URL, settings.GPU_DEVICES[0], seconds=1.0)
    settled(made)
    yield made
    made.close()
    gpus.forget()


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """``api(alice)`` is a client that signed in as Alice; ``api()`` one that did not. A bug answers 500 as in life."""

    def client(person: Person | None = None, **extra: Any) -> APIClient:
        made = APIClient(raise_request_exception=False, **extra)
        if person is not None:
            answer = made.post("/api/v1/auth/token/", {"email": person.email, "password": person.password})
            assert answer.status_code == 200, answer.content
            made.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
        return made

    return client


@pytest.fixture(scope="session")
def as_owner_of_the_database(django_db_setup: None) -> Callable[[], Any]:
    """A context manager in which the connection is the owner's, without its maintenance switch."""
    return lambda: _role(USER=_OWNER["USER"], PASSWORD=_OWNER["PASSWORD"], OPTIONS={})
