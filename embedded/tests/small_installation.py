"""Small programs, supervised like the real ones: `python -m embedded.tests.small_installation DIR`."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from embedded.errors import EmbeddedError
from embedded.journal import Console
from embedded.layout import Layout
from embedded.lifetime import until_stopped
from embedded.ownership import announce, end_leftovers, exclusive
from embedded.programs import Program
from embedded.supervisor import Backoff, Supervisor

POLITE = "import time; print('started', flush=True); time.sleep(600)"
# Deaf to SIGTERM, and with a child of its own that is deaf too.
STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
child.stdout.readline()
pathlib.Path("READY").touch()
time.sleep(600)
"""


def program(name: str, source: str, layout: Layout, **changes: Any) -> Program:
    environment = {"PATH": os.defpath, "PASSEPARTOUT_DATA": str(layout.root)}
    options: dict[str, Any] = {"ready": lambda: True, "grace_seconds": 1.0} | changes
    return Program(name=name, argv=(sys.executable, "-c", source), environment=environment, **options)


async def run(layout: Layout) -> None:
    console = Console()
    supervisor = Supervisor(layout.run, layout.logs, console, backoff=Backoff(first=0.1))

    async def start() -> None:
        await asyncio.to_thread(end_leftovers, layout.run, 1.0)
        await supervisor.start([program("polite", POLITE, layout)])
        ready = layout.run / "stubborn.ready"
        ready.unlink(missing_ok=True)
        source = STUBBORN.replace("READY", str(ready))
        await supervisor.start([program("stubborn", source, layout, ready=ready.exists)])
        announce(layout.run, "up", "http://127.0.0.1:1")
        console.say("Ready")

    await until_stopped(supervisor, start(), console)


def main() -> int:
    layout = Layout.at(Path(sys.argv[1])).create()
    try:
        with exclusive(layout.run, "up"):
            asyncio.run(run(layout))
    except EmbeddedError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
