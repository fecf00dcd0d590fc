"""Starts programs in order, keeps them alive, and stops everything it started and nothing else."""

import asyncio
import contextlib
import math
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embedded.errors import ProgramFailed
from embedded.journal import Console, Journal
from embedded.ownership import ChildRecord, ChildRecords, now, start_ticks
from embedded.programs import Program, last_lines, launch_options

_LINE_LIMIT = 1_000_000  # bytes of one output line


@dataclass(frozen=True)
class Backoff:
    """Waits before restarts: first, doubled each time up to longest; forgotten after `calm` seconds of being ready."""

    first: float = 0.5
    longest: float = 30.0
    calm: float = 20.0
    tries_before_ready: int = 6

    def delay(self, failures: int, *, most: float = math.inf) -> float:
        return min(self.longest, most, self.first * 2 ** min(failures - 1, 16))


@dataclass
class _Child:
    program: Program
    journal: Journal
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None
    watcher: asyncio.Task[None] | None = None
    ready_since: float = math.inf  # of this life
    restarts: int = 0
    stopping: bool = False


class Supervisor:
    def __init__(self, run: Path, logs: Path, console: Console, *, backoff: Backoff | None = None) -> None:
        self._records = ChildRecords(run)
        self._logs = logs
        self._console = console
        self._backoff = backoff or Backoff()
        self._tiers: list[list[_Child]] = []

    async def start(self, programs: Sequence[Program]) -> None:
        """Start these together and wait until each is ready. Raises ProgramFailed when one cannot."""
        tier = [
            _Child(program, Journal(program.name, self._logs, self._console, echo=program.echo)) for program in programs
        ]
        self._tiers.append(tier)
        for child in tier:
            child.watcher = asyncio.create_task(self._keep_alive(child), name=child.program.name)
        await asyncio.gather(*(self._wait_ready(child) for child in tier))

    async def stop(self) -> None:
        """Last started, first stopped; programs started together stop together."""
        for tier in reversed(self._tiers):
            await asyncio.gather(*(self._stop(child) for child in tier))
        self._tiers.clear()
        self._records.clear()

    def _journal(self, program: Program) -> Journal:
        return Journal(program.name, self._logs, self._console, echo=program.echo)

    async def _wait_ready(self, child: _Child) -> None:
        assert child.watcher is not None
        waiting = asyncio.create_task(child.ready.wait())
        try:
            await asyncio.wait(
                {waiting, child.watcher},
                timeout=child.program.ready_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            waiting.cancel()
        if not child.ready.is_set():
            reason = "kept ending" if child.watcher.done() else f"did not answer in {child.program.ready_seconds:.0f} s"
            log = self._logs / f"{child.program.name}.log"
            raise ProgramFailed(f"{child.program.name} {reason}; see {log}: {last_lines(log, 3)}")

    async def _keep_alive(self, child: _Child) -> None:
        failures = 0
        while not child.stopping:
            child.ready_since = math.inf
            code = await self._live_once(child)
            if child.stopping:
                return
            failures = 1 if time.monotonic() - child.ready_since > self._backoff.calm else failures + 1
            if not child.ready.is_set() and failures >= self._backoff.tries_before_ready:
                return
            delay = self._backoff.delay(failures, most=child.program.longest_wait)
            child.restarts += 1
            self._record(child, "restarting")
            log = self._logs / f"{child.program.name}.log"
            self._console.say(
                f"{child.program.name:<9} | ended ({_ending(code)}), starting again in {delay:.1f} s; see {log}"
            )
            await asyncio.sleep(delay)

    async def _live_once(self, child: _Child) -> int:
        """One life of the child, from start to exit; returns its exit code."""
        process = await asyncio.create_subprocess_exec(
            *child.program.argv,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LINE_LIMIT,
            **launch_options(child.program),
        )
        child.process = process
        self._record(child, "starting")
        probing = asyncio.create_task(self._probe(child))
        pumping = asyncio.create_task(_pump(process, child.journal))
        try:
            return await process.wait()
        finally:
            probing.cancel()
            _end_group(process.pid)
            # A grandchild may keep the pipe open after its parent's death: read what is there and go on.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(pumping, timeout=1)

    async def _probe(self, child: _Child) -> None:
        while not await asyncio.to_thread(child.program.ready):
            await asyncio.sleep(0.1)
        child.ready.set()
        child.ready_since = time.monotonic()
        self._record(child, "ready")

    async def _stop(self, child: _Child) -> None:
        child.stopping = True
        process = child.process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(child.program.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), child.program.grace_seconds)
            except TimeoutError:
                self._console.say(f"{child.program.name:<9} | does not stop, killing it")
                _end_group(process.pid)
                await process.wait()
        elif child.watcher is not None:
            child.watcher.cancel()
        if child.watcher is not None:
            await asyncio.gather(child.watcher, return_exceptions=True)
        child.journal.close()

    def _record(self, child: _Child, state: str) -> None:
        pid = child.process.pid if child.process else 0
        record = ChildRecord(child.program.name, pid, start_ticks(pid), now(), child.restarts, state)
        self._records.put(record)


async def _pump(process: asyncio.subprocess.Process, journal: Journal) -> None:
    if process.stdout is None:
        return
    while True:
        try:
            line = await process.stdout.readline()
        except ValueError:  # longer than the limit: the rest arrives as the next line
            continue
        if not line:
            return
        journal.write(line)


def _end_group(leader: int) -> None:
    """Called while the leader lives or was collected this instant, before its number can be another group's."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
