"""Who runs a data directory: the lock that only one may hold, and the record of the processes it started."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded.errors import AlreadyRunning

_STARTTIME_FIELD = 19  # of /proc/PID/stat counted after the command, which may hold spaces
_STATE_FIELD = 0
_GROUP_FIELD = 2


@dataclass(frozen=True)
class Holder:
    """`url` is empty while no web server was asked for (tests, `run manage`). `since` is ISO 8601, UTC."""

    pid: int
    purpose: str
    url: str
    since: str


@dataclass(frozen=True)
class ChildRecord:
    """`started` is in clock ticks since boot: with the pid it names one process for ever, a reused pid differs."""

    name: str
    pid: int
    started: int
    since: str
    restarts: int
    state: str


@contextmanager
def exclusive(run: Path, purpose: str, url: str = "") -> Iterator[None]:
    """Hold the data directory. The kernel frees the lock however the holder dies. Raises AlreadyRunning."""
    descriptor = os.open(run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_described(holder(run))) from None
        announce(run, purpose, url)
        yield
    finally:
        os.close(descriptor)


def announce(run: Path, purpose: str, url: str = "") -> None:
    """Called by the holder of the lock, again when the address it serves is known."""
    _write(run / "holder.json", asdict(Holder(os.getpid(), purpose, url, now())))


def holder(run: Path) -> Holder | None:
    """Who holds the lock now; None when nobody does."""
    try:
        descriptor = os.open(run / "lock", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Holder(**(_read(run / "holder.json") or {"pid": 0, "purpose": "starting", "url": "", "since": now()}))
    finally:
        os.close(descriptor)
    return None


def _described(found: Holder | None) -> str:
    if found is None:
        return "this data directory was in use a moment ago; try again"
    where = f" at {found.url}" if found.url else ""
    return f"this data directory is in use: `run {found.purpose}`{where}, pid {found.pid}, since {found.since}"


class ChildRecords:
    """Written at every change, so that a later start can end what a killed supervisor left behind."""

    def __init__(self, run: Path) -> None:
        self._path = run / "children.json"
        self._children: dict[str, ChildRecord] = {}

    def put(self, record: ChildRecord) -> None:
        self._children[record.name] = record
        self._save()

    def clear(self) -> None:
        self._children.clear()
        self._save()

    def _save(self) -> None:
        _write(self._path, [asdict(record) for record in self._children.values()])


def recorded_children(run: Path) -> list[ChildRecord]:
    return [ChildRecord(**entry) for entry in _read(run / "children.json") or []]


def is_alive(record: ChildRecord) -> bool:
    return start_ticks(record.pid) == record.started


def end_leftovers(run: Path, grace_seconds: float = 10.0) -> list[str]:
    """End what a killed supervisor left: the recorded leaders, then what remains of their groups. Returns their names.

    Only called while holding the lock, so nobody else's children are in the record.
    """
    records = recorded_children(run)
    left = [record for record in records if is_alive(record)]
    for record in left:
        # SIGINT is PostgreSQL's fast stop, which SIGTERM is not; every other child takes SIGTERM as its stop.
        _send(record.pid, signal.SIGINT if record.name == "postgres" else signal.SIGTERM)
    _until(lambda: not any(is_alive(record) for record in left), grace_seconds)
    marker = f"PASSEPARTOUT_DATA={run.parent}".encode()
    members = [pid for record in records for pid in _group_members(record.pid, marker)]
    for pid in members:
        _send(pid, signal.SIGKILL)
    _until(lambda: not any(start_ticks(pid) for pid in members), grace_seconds)
    return [record.name for record in left]


def _until(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.05)


def _group_members(group: int, marker: bytes) -> list[int]:
    """Processes of a group that carry our data directory in their environment: a reused group number does not."""
    members = []
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields and int(fields[_GROUP_FIELD]) == group and marker in _environment(entry):
            members.append(int(entry.name))
    return members


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def start_ticks(pid: int) -> int:
    """0 for a process that does not exist or already ended and waits to be collected."""
    fields = _stat(pid)
    return int(fields[_STARTTIME_FIELD]) if fields and fields[_STATE_FIELD] != "Z" else 0


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rsplit(")", 1)[1].split()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(path: Path, content: Mapping[str, Any] | list[Any]) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(path)


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.is_file() else None
