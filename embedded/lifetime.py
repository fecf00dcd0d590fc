"""From the first program started to the last one stopped: whatever ends the start, everything started is stopped."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from embedded.journal import Console
from embedded.supervisor import Supervisor


async def until_stopped(supervisor: Supervisor, start: Coroutine[Any, Any, None], console: Console) -> None:
    """Run `start`, then wait for Ctrl-C, SIGTERM or SIGHUP, then stop. Raises what `start` raises."""
    asked = _stop_asked()
    starting = asyncio.create_task(start)
    stopping = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            await starting
            await stopping
        console.say("Stopping…")
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        await supervisor.stop()
        console.say("Stopped.")


def _stop_asked() -> asyncio.Event:
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup and background jobs asked for that
            loop.add_signal_handler(number, event.set)
    return event
