"""Who is alive, as Linux tells it."""

import os
from contextlib import suppress
from pathlib import Path


def children(parent: int | None = None) -> set[int]:
    """Ids of a process's living children (of this one by default); zombies count as dead."""
    wanted = parent or os.getpid()
    return {pid for pid in _all() if (found := _state_and_parent(pid)) and found[1] == wanted and found[0] != "Z"}


def told(word: str) -> set[int]:
    """Ids of the living processes that have exactly this word in their command line."""
    return {pid for pid in _all() if word.encode() in _command(pid).split(b"\0")}


def is_alive(pid: int) -> bool:
    found = _state_and_parent(pid)
    return found is not None and found[0] != "Z"


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _state_and_parent(pid: int) -> tuple[str, int] | None:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()  # the name may hold spaces
        return fields[0], int(fields[1])
    return None
