"""Rates per caller and per address. Counters live in Valkey, which is disposable: without it requests pass."""

import logging
from typing import Any

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger("passepartout.throttling")


class CallerThrottle(SimpleRateThrottle):
    """Signed-in callers are counted by user, others by address."""

    scope = "anonymous"

    def allow_request(self, request: Request, view: Any) -> bool:
        self.scope = "caller" if request.user else "anonymous"
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)  # type: ignore[assignment]
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            logger.warning("rate limits are off", extra={"error": type(error).__name__})
            return True

    def get_cache_key(self, request: Request, view: Any) -> str:
        ident = str(request.user.pk) if request.user else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class SignInThrottle(CallerThrottle):
    """Sign-in, refresh and password reset, per address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        self.rate = self.THROTTLE_RATES["sign_in"]
        self.num_requests, self.duration = self.parse_rate(self.rate)  # type: ignore[assignment]
        self.scope = "sign_in"
        try:
            return SimpleRateThrottle.allow_request(self, request, view)
        except RedisError as error:
            logger.warning("rate limits are off", extra={"error": type(error).__name__})
            return True

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": "sign_in", "ident": self.get_ident(request)}
