"""`./run down|status|logs`: look at what runs, and stop it."""

import argparse
import json
import os
import signal
import time
from collections import deque
from pathlib import Path

from embedded.journal import shortened
from embedded.layout import Layout
from embedded.ownership import ChildRecord, end_leftovers, holder, is_alive, recorded_children

_STOP_SECONDS = 90


def down(options: argparse.Namespace) -> int:
    layout = Layout.at(options.data)
    found = holder(layout.run)
    if found is None:
        ended = end_leftovers(layout.run) if layout.run.is_dir() else []
        print(f"nothing was running; ended leftovers: {', '.join(ended)}" if ended else "nothing is running")
        return 0
    print(f"stopping `run {found.purpose}` (pid {found.pid})…", flush=True)
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while holder(layout.run) is not None:
        if time.monotonic() > deadline:
            print(f"still stopping after {_STOP_SECONDS} s; see {layout.logs}")
            return 1
        time.sleep(0.1)
    print("stopped")
    return 0


def status(options: argparse.Namespace) -> int:
    """Exit code 0 when everything runs, 3 when nothing does, 1 when a part is missing."""
    layout = Layout.at(options.data)
    found = holder(layout.run)
    if found is None:
        print("not running; start with ./run up")
        return 3
    address = f" at {found.url}" if found.url else ""
    print(f"`run {found.purpose}`{address}, pid {found.pid}, since {found.since}")
    records = recorded_children(layout.run)
    for record in records:
        print(f"  {record.name:<10} {_state(record):<11} pid {record.pid:<8} since {record.since}{_restarts(record)}")
    return 0 if all(_state(record) == "ready" for record in records) else 1


def _state(record: ChildRecord) -> str:
    return record.state if is_alive(record) else "restarting"


def _restarts(record: ChildRecord) -> str:
    return f", restarted {record.restarts} times" if record.restarts else ""


def logs(options: argparse.Namespace) -> int:
    directory = Layout.at(options.data).logs
    paths = sorted(directory.glob(f"{options.name or '*'}.log"))
    if not paths:
        known = ", ".join(sorted(path.stem for path in directory.glob("*.log"))) or "none yet"
        print(f"no log named {options.name or '*'} in {directory} (there is: {known})")
        return 1
    offsets = {path: path.stat().st_size for path in paths}
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as stream:
            for line in deque(stream, maxlen=options.lines):
                _show(path, line)
    while options.follow:
        time.sleep(0.3)
        for path in paths:
            offsets[path] = _show_new(path, offsets[path])
    return 0


def _show_new(path: Path, offset: int) -> int:
    """A file that shrank was rotated: it is read from its beginning."""
    with path.open("rb") as stream:
        size = path.stat().st_size
        stream.seek(offset if size >= offset else 0)
        for line in stream:
            _show(path, line.decode(errors="replace"))
        return stream.tell()


def _show(path: Path, line: str) -> None:
    try:
        event = json.loads(line)
    except ValueError:
        event = {"event": line.rstrip()}
    moment = str(event.get("ts") or event.get("timestamp") or "")[:19]
    print(
        f"{path.stem:<9} | {moment} {shortened(event)}" if moment else f"{path.stem:<9} | {event['event']}", flush=True
    )
