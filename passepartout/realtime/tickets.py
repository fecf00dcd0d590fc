"""Tickets: a browser cannot send a header with a socket, so that it shows a secret that is good once and for seconds.

Valkey holds them under their hash. It is disposable: without it there are no tickets, and no sockets to open with them.
"""

import secrets
from functools import lru_cache

import redis
import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from passepartout.kernel.errors import Forbidden, Unavailable
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.tokens import digest

from .sessions import Session

SECONDS = 30
LONGEST = 64  # characters
LIMITS = {"socket_connect_timeout": 1, "socket_timeout": 1}


def issue(caller: Caller) -> str:
    """A new ticket for the caller. Raises Forbidden for an API key, Unavailable while Valkey is away."""
    if caller.family is None:
        raise Forbidden("A socket belongs to a person's session, not to a key.", code="session_required")
    session = Session(caller.user.pk, caller.organization.pk, caller.family, caller.role, caller.client_id)
    ticket = secrets.token_urlsafe(32)
    try:
        _client(settings.REDIS_URL).set(_key(ticket), session.to_json(), ex=SECONDS, nx=True)
    except RedisError as error:
        raise Unavailable("No tickets for now: ask for progress instead.", retry_after=5) from error
    return ticket


async def burn(ticket: str) -> Session | None:
    """Whose ticket it was; None when it is unknown, used or too old. Of two who show it, one gets in.

    Raises RedisError.
    """
    if not 0 < len(ticket) <= LONGEST:
        return None
    async with redis.asyncio.from_url(settings.REDIS_URL, **LIMITS) as client:
        found = await client.getdel(_key(ticket))
    return Session.from_json(found) if found else None


def _key(ticket: str) -> str:
    return f"ticket:{digest(ticket)}"


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, **LIMITS)
