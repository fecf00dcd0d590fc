"""The door of the sockets: an ASGI application for ``/ws/?ticket=…``. Who is refused here never was connected."""

import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import Error as DatabaseFault
from django.http.request import validate_host
from redis.exceptions import RedisError

from .sessions import Session
from .sockets import CLOSED, Code, OpenSockets, Socket
from .tickets import burn
from .watch import Watch, still_standing

logger = logging.getLogger("passepartout.realtime")
PATH = "/ws/"
FORBIDDEN, NOT_FOUND, UNAVAILABLE = 403, 404, 503
sockets = OpenSockets()
watch = Watch(sockets)


async def gate(scope: Any, receive: Any, send: Any) -> None:
    """Origin, ticket, session, number of sockets: in this order, the cheapest first."""
    await receive()  # websocket.connect
    if scope["path"] != PATH:
        await _refuse(send, NOT_FOUND)
    elif not has_own_origin(scope):
        await _refuse(send, FORBIDDEN)
    else:
        await _let_in(scope, receive, send)


async def _let_in(scope: Any, receive: Any, send: Any) -> None:
    try:
        session = await _session(scope)
        if session is None:
            await _refuse(send, FORBIDDEN)
        elif sockets.of(session.user) >= settings.REALTIME_SOCKETS_PER_USER:
            CLOSED.labels(Code.TOO_MANY.name.lower()).inc()
            await send({"type": "websocket.accept"})  # a browser is told a code only once it is connected
            await send({"type": "websocket.close", "code": int(Code.TOO_MANY)})
        else:
            socket = Socket(session, receive, send)
            with sockets.counted(socket):
                watch.wake()
                await socket.serve()
    except (RedisError, DatabaseFault) as error:
        logger.warning("socket refused", extra={"error": type(error).__name__})
        await _refuse(send, UNAVAILABLE)


async def _session(scope: Any) -> Session | None:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    session = await burn(query.get("ticket", [""])[0])
    # Between the ticket and the socket somebody may have signed out.
    return session if session and await still_standing([session]) else None


def has_own_origin(scope: Any) -> bool:
    """A page of ours: from a host that we answer to, and the one that the socket was opened at (or PUBLIC_URL)."""
    headers = dict(scope["headers"])
    try:
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1"))
        host = origin.hostname or ""
    except ValueError:
        return False
    named = f"[{host}]" if ":" in host else host
    if origin.scheme not in {"http", "https"} or not validate_host(named, settings.ALLOWED_HOSTS):
        return False
    return origin.netloc == headers.get(b"host", b"").decode("latin-1") or origin.geturl() == settings.PUBLIC_URL


async def _refuse(send: Any, status: int) -> None:
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
