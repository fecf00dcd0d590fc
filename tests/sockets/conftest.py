"""A real web process, and clients that open sockets as pages do."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from passepartout.tenancy.factories import PASSWORD, Person, colleague, owner
from passepartout.tenancy.models import Role
from tests.conftest import FIRST_DATABASE
from tests.processes import Platform


@pytest.fixture(scope="module")
def _running(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    more = {"REALTIME_RECHECK_SECONDS": "1", "REALTIME_SOCKETS_PER_USER": "3", "REALTIME_QUEUE": "8"}
    running = Platform(tmp_path_factory.mktemp("sockets"), FIRST_DATABASE + int(worker) % 6, more)
    running.start("web")
    yield running
    running.stop()


@pytest.fixture
def web(_running: Platform, transactional_db: None) -> Platform:
    """One web process for all tests of a module."""
    _running.broker.flushdb()
    return _running


@pytest.fixture(autouse=True)
def _passwords_of_the_process(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # it knows no other


@pytest.fixture
def alice(_passwords_of_the_process: None, transactional_db: None) -> Person:
    return owner("alice@example.org", "Conciergerie du Parc")


@pytest.fixture
def bob(alice: Person) -> Person:
    return colleague(alice, "bob@example.org")


@pytest.fixture
def driver(alice: Person) -> Person:
    return colleague(alice, "driver@example.org", Role.DRIVER)


@pytest.fixture
def charlie(_passwords_of_the_process: None, transactional_db: None) -> Person:
    return owner("charlie@example.net", "Logistique du Nord")


class Page:
    """Somebody signed in, with a socket when it is opened."""

    def __init__(self, running: Platform, person: Person) -> None:
        self.running = running
        self._open = ExitStack()
        self.http = self._open.enter_context(running.api())
        answer = self.http.post("auth/token/", json={"email": person.email, "password": PASSWORD})
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access']}"

    def ticket(self) -> str:
        answer = self.http.post("realtime/tickets/")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket"])

    def open(self, *, ticket: str | None = None, origin: str | None = "", path: str = "/ws/") -> ClientConnection:
        """Raises InvalidStatus when it is refused."""
        known = self.ticket() if ticket is None else ticket
        address = f"{self.running.url.replace('http', 'ws')}{path}?ticket={known}"
        shown: Any = self.running.url if origin == "" else origin
        socket = connect(address, origin=shown, proxy=None, open_timeout=15, close_timeout=2)
        return self._open.enter_context(socket)

    def leave(self) -> None:
        self._open.close()


@pytest.fixture
def page(web: Platform) -> Iterator[Callable[[Person], Page]]:
    """``page(alice)`` signs Alice in."""
    made: list[Page] = []

    def sign_in(person: Person) -> Page:
        made.append(Page(web, person))
        return made[-1]

    yield sign_in
    for each in made:
        each.leave()


@pytest.fixture
def listening(page: Callable[[Person], Page]) -> Callable[[Person], ClientConnection]:
    """``listening(alice)`` is her open socket that said that it is ready."""

    def listen(person: Person) -> ClientConnection:
        socket = page(person).open()
        assert json.loads(socket.recv(timeout=10))["type"] == "ready"
        return socket

    return listen


def heard(socket: ClientConnection, *, seconds: float = 1.5) -> list[dict[str, Any]]:
    """All that a socket is told in a while."""
    found = []
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        try:
            found.append(json.loads(socket.recv(timeout=left)))
        except TimeoutError:
            break
    return found
