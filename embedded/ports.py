"""Loopback ports: which are free, who holds a busy one, and one that stays the same between starts."""

import errno
import random
import socket
from pathlib import Path

from embedded.errors import AddressUnusable, PortTaken

# Below the kernel's ephemeral range (32768-60999), so that an outgoing connection never takes a service's port.
_LOWEST, _HIGHEST = 20_000, 32_000


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Raises AddressUnusable where nobody is in the way but listening is refused: a foreign host, a privileged port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise AddressUnusable(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return True


def any_free(host: str = "127.0.0.1") -> int:
    """A free port drawn at random: two installations starting together rarely draw the same one."""
    for _ in range(200):
        port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311 - spreads installations, guards nothing
        if is_free(port, host):
            return port
    raise PortTaken(f"no free port found between {_LOWEST} and {_HIGHEST} on {host}")


def next_free(port: int, host: str = "127.0.0.1") -> int:
    for candidate in range(port + 1, min(port + 100, 65_535)):
        if is_free(candidate, host):
            return candidate
    raise PortTaken(f"no free port found after {port} on {host}")


def kept_port(record: Path, wanted: int | None = None) -> int:
    """The port written in `record` while it is free, otherwise a new one, written there.

    Raises PortTaken when `wanted` is given and busy.
    """
    if wanted is not None and not is_free(wanted):
        raise PortTaken(f"port {wanted} is in use{holder_text(wanted)}")
    port = wanted or _recorded(record)
    if port is None or not is_free(port):
        port = any_free()
    record.write_text(f"{port}\n")
    return port


def recorded_port(record: Path) -> int:
    """Raises FileNotFoundError when the service was never started."""
    return int(record.read_text())


def _recorded(record: Path) -> int | None:
    return int(record.read_text()) if record.is_file() else None


def holder_text(port: int) -> str:
    """` by COMMAND (pid N)` when this account may read who listens there, else an empty text."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        if inodes and inodes & _socket_inodes(process):
            command = (process / "comm").read_text().strip()
            return f" by {command} (pid {process.name})"
    return ""


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.is_file():
            continue
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            local, state, inode = fields[1], fields[3], fields[9]
            if state == "0A" and int(local.rsplit(":", 1)[1], 16) == port:
                found.add(inode)
    return found


def _socket_inodes(process: Path) -> set[str]:
    found = set()
    try:
        for descriptor in (process / "fd").iterdir():
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:  # another account's process, or one that just ended
        return found
    return found
