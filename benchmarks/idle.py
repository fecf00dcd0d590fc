"""What an installation takes before it does anything: `./run bench idle`. Fails when one of the four targets is missed.

A copy of what git knows is started by `./run up` in a home of its own, with a virtual environment made there from
requirements/base.lock (the caches of uv and pip are this account's: they are warm when packages were installed before).
First start: from nothing to Ready, database and embedding model included; later starts: the same command again. Memory
is the proportional set size of the supervisor and everything it started, 20 s after the last Ready and unasked since.
"""

import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks._world import ROOT, keep
from embedded.ownership import recorded_children

LATER_STARTS = 3
IDLE_SECONDS = 20
GIVE_UP_SECONDS = 900
STOP_SECONDS = 90
TARGETS = {"environment_mb": 1000, "first_start_seconds": 120, "later_start_seconds": 8, "idle_mb": 1200}
# Nothing else of the caller's: an installation that is set up already must not lend anything.
LENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
LENT_FAMILIES = ("PIP_", "UV_", "SSL_")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="passepartout-") as scratch:
        place = Path(scratch)
        place.chmod(0o711)  # as root the database runs under another account, which must be able to walk in
        _copy(place / "checkout")
        return keep("idle", _measured(_Installation(place)))


class _Installation:
    """`./run` in the copy, with its own environment and data."""

    def __init__(self, place: Path) -> None:
        self.checkout = place / "checkout"
        self.venv = place / "venv"
        self.data = place / "installation"
        self.log = place / "up.log"

    @property
    def environment(self) -> dict[str, str]:
        lent = {name: value for name, value in os.environ.items() if name in LENT or name.startswith(LENT_FAMILIES)}
        return {**lent, "PASSEPARTOUT_VENV": str(self.venv)}

    @contextmanager
    def up(self) -> Iterator[tuple[psutil.Process, float]]:
        """The supervisor and the seconds that it took to Ready; stopped as Ctrl-C does. Raises RuntimeError."""
        command = ["./run", "up", "--data", str(self.data)]
        start = time.monotonic()
        with self.log.open("w") as output:
            process = subprocess.Popen(
                command,
                cwd=self.checkout,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        try:
            self._wait(process)
            yield psutil.Process(process.pid), time.monotonic() - start
        finally:
            _stop(process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < end and process.poll() is None:
            if re.search(r"^Ready ", self.log.read_text(), re.MULTILINE):
                return
            time.sleep(0.05)
        raise RuntimeError(self.log.read_text())


def _measured(installation: _Installation) -> dict[str, Any]:
    with installation.up() as (_, first):
        set_up = re.search(r"environment ready after (\d+) s", installation.log.read_text())
    later, memory = [], {}
    for start in range(LATER_STARTS):
        with installation.up() as (supervisor, seconds):
            later.append(round(seconds, 2))
            if start == LATER_STARTS - 1:
                time.sleep(IDLE_SECONDS)
                memory = _memory(supervisor, installation.data / "run")
    figures = {
        "environment_mb": _size_mb(installation.venv),
        "first_start_seconds": round(first, 1),
        "later_start_seconds": statistics.median(later),
        "idle_mb": round(sum(memory.values()), 1),
    }
    missed = [name for name, target in TARGETS.items() if figures[name] > target]
    return {
        **figures,
        "targets": TARGETS,
        "of_the_first_start_environment_seconds": int(set_up[1]) if set_up else None,
        "later_starts_seconds": later,
        "idle_mb_by_program": memory,
        "missed": missed,
        "passed": not missed,
    }


def _memory(supervisor: psutil.Process, run: Path) -> dict[str, float]:
    """Megabytes of each program with all its processes; "supervisor" is the supervisor's own."""
    names = {record.pid: record.name for record in recorded_children(run)}
    programs = {"supervisor": _pss_mb([supervisor])}
    for child in supervisor.children():
        programs[names[child.pid]] = _pss_mb([child, *child.children(recursive=True)])
    return programs


def _pss_mb(processes: list[psutil.Process]) -> float:
    """What two processes share is counted once in their sum: half with each."""
    return round(sum(process.memory_full_info().pss for process in processes) / 1e6, 1)


def _size_mb(folder: Path) -> int:
    """What it takes on the disk; a file that is linked twice counts once."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return round(sum(found.values()) / 1e6)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """The supervisor stops what it started; if it cannot, the next start of its data would, and there is none here."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, left = psutil.wait_procs(started, timeout=5)
    for child in left:
        child.kill()


def _copy(target: Path) -> None:
    """Of what git knows and of what is new, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


if __name__ == "__main__":
    sys.exit(main())
