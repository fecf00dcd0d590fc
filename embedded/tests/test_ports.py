import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.errors import AddressUnusable, PortTaken
from embedded.ports import any_free, holder_text, is_free, kept_port, next_free


@pytest.fixture
def busy() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_busy_port_is_not_free_and_says_who_holds_it(busy: int) -> None:
    assert not is_free(busy)
    assert f"(pid {os.getpid()})" in holder_text(busy)


@pytest.mark.parametrize("host", ["256.1.1.1", "192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_this_machines_is_not_called_busy(host: str) -> None:
    with pytest.raises(AddressUnusable, match=f"cannot listen on {host}, port 8000"):
        is_free(8000, host)


def test_nobody_is_named_for_a_free_port() -> None:
    assert holder_text(any_free()) == ""


def test_asking_for_a_busy_port_fails(busy: int, tmp_path: Path) -> None:
    with pytest.raises(PortTaken, match=f"port {busy} is in use by .* \\(pid {os.getpid()}\\)"):
        kept_port(tmp_path / "port", busy)


def test_the_next_free_port_is_not_the_busy_one(busy: int) -> None:
    assert next_free(busy - 1) > busy


def test_a_port_stays_the_same_between_starts_while_it_is_free(tmp_path: Path) -> None:
    first = kept_port(tmp_path / "port")
    assert kept_port(tmp_path / "port") == first
    with socket.create_server(("127.0.0.1", first)):
        second = kept_port(tmp_path / "port")
    assert second != first
    assert kept_port(tmp_path / "port") == second
