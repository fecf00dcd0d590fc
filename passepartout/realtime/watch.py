"""Looks after all sockets of a process every few seconds: does each session stand, did Valkey stay the same?

One query for all of them. A session that ended (signed out, membership changed or over, tokens revoked or expired, user
inactive) is closed within seconds, whatever message was lost.
"""

import asyncio
import logging

import redis.asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error as DatabaseFault
from redis.exceptions import RedisError

from .sessions import standing
from .sockets import Code, OpenSockets
from .tickets import LIMITS

logger = logging.getLogger("passepartout.realtime")
MISSES = 2  # one late answer of a busy machine is no loss
still_standing = sync_to_async(standing, thread_sensitive=False)


class Watch:
    """Runs while sockets are open."""

    def __init__(self, sockets: OpenSockets) -> None:
        self._sockets = sockets
        self._task: asyncio.Task[None] | None = None
        self._known = ""
        self._missed = 0

    def wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        self._known, self._missed = "", 0
        while len(self._sockets):
            await self._look_at_broker()
            await self._look_at_sessions()
            await asyncio.sleep(settings.REALTIME_RECHECK_SECONDS)

    async def _look_at_sessions(self) -> None:
        sessions = list({socket.session for socket in self._sockets})
        if not sessions:
            return
        try:
            stand = await still_standing(sessions)
        except DatabaseFault as error:
            logger.warning("sessions not looked at", extra={"error": type(error).__name__})
            return
        for socket in self._sockets:
            if socket.session in sessions and socket.session not in stand:
                socket.dismiss(Code.SESSION_OVER)

    async def _look_at_broker(self) -> None:
        """A Valkey that stays away, or that is another one now, has lost messages: clients must ask again."""
        found = await _broker()
        self._missed = 0 if found else self._missed + 1
        if self._missed >= MISSES or (found and self._known and found != self._known):
            logger.warning("sockets closed", extra={"count": len(self._sockets)})
            for socket in self._sockets:
                socket.dismiss(Code.AWAY)
        self._known = found or self._known


async def _broker() -> str:
    """What tells this run of Valkey from any other; empty while it does not answer."""
    try:
        async with redis.asyncio.from_url(settings.REDIS_URL, **LIMITS) as client:
            return str((await client.info("server"))["run_id"])
    except (RedisError, OSError) as error:
        logger.warning("broker not seen", extra={"error": type(error).__name__})
        return ""
