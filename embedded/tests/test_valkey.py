import os
import signal
from pathlib import Path

import pytest
import redis

from embedded.valkey import ValkeyServer


def test_it_wants_its_password_and_keeps_it_out_of_the_arguments(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", password="secret-word")
    program = server.prepare()
    server.start()
    server.wait_ready()
    try:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(host="127.0.0.1", port=server.port or 0).ping()
        assert not any("secret-word" in argument for argument in program.argv)
        assert (tmp_path / "valkey" / "valkey.conf").stat().st_mode & 0o777 == 0o600
    finally:
        server.stop()


def test_a_full_memory_refuses_writes_instead_of_dropping_messages(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", password="secret")
    server.start()
    server.wait_ready()
    try:
        client = redis.Redis.from_url(server.url)
        assert client.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
        assert client.config_get("save") == {"save": ""}
        client.close()
    finally:
        server.stop()


def test_it_starts_again_on_the_same_port_after_kill_9(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", password="secret")
    server.start()
    server.wait_ready()
    port = server.port
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    server.start()
    server.wait_ready()
    assert server.port == port
    server.stop()
