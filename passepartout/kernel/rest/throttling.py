"""Rates per caller and per address. Counters live in Valkey, which is disposable: without it requests pass."""

import logging
import time
from abc import ABC, abstractmethod
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

logger = logging.getLogger("passepartout.throttling")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def read_rate(rate: str) -> tuple[int, int]:
    """(requests, seconds) of a rate such as ``60/min``."""
    count, _, period = rate.partition("/")
    return int(count), SECONDS[period[0]]


class _WindowThrottle(BaseThrottle, ABC):
    """One atomic counter per window: parallel requests are all counted, at the cost of two round trips."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002  (DRF's signature)
        scope, ident = self.counted(request)
        limit, seconds = read_rate(str(api_settings.DEFAULT_THROTTLE_RATES[scope]))
        window, elapsed = divmod(time.time(), seconds)
        self._wait = seconds - elapsed
        try:
            return _increment(f"throttle:{scope}:{ident}:{int(window)}", seconds) <= limit
        except RedisError as error:
            logger.warning("rate limits are off", extra={"error": type(error).__name__})
            return True

    def wait(self) -> float:
        return self._wait

    @abstractmethod
    def counted(self, request: Request) -> tuple[str, str]:
        """(name of the rate, who is counted)."""

    def get_ident(self, request: Request) -> str:
        # X-Forwarded-For is whatever the client wrote; the server puts the trusted address into REMOTE_ADDR.
        return str(request.META.get("REMOTE_ADDR", ""))


class CallerThrottle(_WindowThrottle):
    """Signed-in callers are counted by user, others by address."""

    def counted(self, request: Request) -> tuple[str, str]:
        return ("caller", str(request.user.pk)) if request.user else ("anonymous", self.get_ident(request))


class EmbedThrottle(_WindowThrottle):
    """Texts to embed come from programs, by the thousand: counted apart, so that they leave room for people."""

    def counted(self, request: Request) -> tuple[str, str]:
        return "embed", str(request.user.pk) if request.user else self.get_ident(request)


class RenewalThrottle(_WindowThrottle):
    """Renewing and ending sessions, per address: an office behind one address renews at every page it opens."""

    def counted(self, request: Request) -> tuple[str, str]:
        return "renewal", self.get_ident(request)


class SignInThrottle(_WindowThrottle):
    """Sign-in and password reset, per address."""

    def counted(self, request: Request) -> tuple[str, str]:
        return "sign_in", self.get_ident(request)


def _increment(key: str, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # the window ended between the two calls
        return 1
