"""A program to run, and the plain way to run one: start, wait until it answers, stop.

The supervisor runs the same `Program` objects with restarts; this module is for short-lived uses (tests, `run manage`).
"""

import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded.accounts import Account, identity
from embedded.errors import ProgramFailed

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Program:
    """`ready` is called again and again after the start until it returns True; it must not take more than seconds.

    `longest_wait`: seconds before it is started again, at most, however often it ended: for what all others wait for.
    `echo`: the least level of its lines that the supervisor repeats on the console (its log file has them all).
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    directory: Path = Path("/")
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0
    ready_seconds: float = 60.0
    longest_wait: float = 30.0
    echo: str = "info"


def tied_to_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends `stop_signal` to the child when its parent dies, even by SIGKILL.

    Must run after the change of uid, which clears the setting (subprocess calls preexec_fn after it).
    """
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the line above
            os.kill(os.getpid(), stop_signal)

    return tie


def launch_options(program: Program) -> dict[str, Any]:
    """Keyword arguments shared by subprocess.Popen and asyncio.create_subprocess_exec."""
    return {
        "stdin": subprocess.DEVNULL,
        "cwd": program.directory,
        "env": dict(program.environment),
        "process_group": 0,
        "preexec_fn": tied_to_parent(program.stop_signal),
        **identity(program.account),
    }


class RunningProgram:
    """One program, output appended to `log`. Not restarted when it dies after it was ready."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._child = subprocess.Popen(
                self.program.argv, stdout=output, stderr=subprocess.STDOUT, **launch_options(self.program)
            )

    def wait_ready(self, *, restarts: int = 0) -> None:
        """Raises ProgramFailed when it ends too often or does not answer within `program.ready_seconds`."""
        deadline = time.monotonic() + self.program.ready_seconds
        while time.monotonic() < deadline:
            if self._child is None or self._child.poll() is not None:
                if restarts == 0:
                    raise ProgramFailed(f"{self.program.name} ended before it was ready: {last_lines(self._log)}")
                restarts -= 1
                time.sleep(1)
                self.start()
            elif self.program.ready():
                return
            time.sleep(0.05)
        raise ProgramFailed(
            f"{self.program.name} did not answer within {self.program.ready_seconds:.0f} s: {last_lines(self._log)}"
        )

    def stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.poll() is None:
            child.send_signal(self.program.stop_signal)
        try:
            child.wait(self.program.grace_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log on one line, for an error message."""
    if not log.is_file():
        return "(no output)"
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 8_192))
        lines = stream.read().decode(errors="replace").splitlines()
    return " | ".join(_said(line) for line in lines[-count:]) or "(no output)"


def _said(line: str) -> str:
    """What a JSON line says, or the line."""
    try:
        return str(json.loads(line)["event"]).strip()
    except (ValueError, KeyError, TypeError):
        return line.strip()
