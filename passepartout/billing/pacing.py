"""Heavy calls, paced by the plan: so many begin in a minute, so many run at once, for each organization.

Counted in Valkey, which is disposable: without it calls pass. A slot ends by itself when its process died.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from passepartout.kernel.errors import LimitReached
from passepartout.kernel.scope import current_organization, tenant_transaction

from .plans import Plan
from .selectors import plan_in_force

logger = logging.getLogger("passepartout.billing")
MINUTE = 60
FREED_SOON = 5  # seconds after which a slot may be free again


def begin_call() -> str:
    """Take a slot for one call of the organization in scope; "" when its plan does not pace. Outside any transaction.

    Raises LimitReached ``plan_throttled``. Whoever took a slot gives it back by `end_call`.
    """
    with tenant_transaction():
        plan = plan_in_force()
    if plan.calls_per_minute is None and plan.calls_at_once is None:
        return ""
    try:
        slot = _slot(plan)
        _count(plan, slot)
    except RedisError as error:
        logger.warning("heavy calls are not paced", extra={"error": type(error).__name__})
        return ""
    return slot


def end_call(slot: str) -> None:
    if not slot:
        return
    try:
        cache.delete(slot)
    except RedisError as error:
        logger.warning("a slot ends by itself", extra={"error": type(error).__name__})


@contextmanager
def paced_call() -> Iterator[None]:
    """Around one heavy call. Raises as `begin_call` does."""
    slot = begin_call()
    try:
        yield
    finally:
        end_call(slot)


def _slot(plan: Plan) -> str:
    if plan.calls_at_once is None:
        return ""
    lifetime = settings.GPU_WAIT_SECONDS + settings.LLM_TIMEOUT_SECONDS + 2 * FREED_SOON
    for number in range(plan.calls_at_once):
        key = f"heavy:{current_organization()}:slot:{number}"
        if cache.add(key, 1, timeout=lifetime):
            return key
    raise _throttled(f"{plan.calls_at_once} at once", FREED_SOON)


def _count(plan: Plan, slot: str) -> None:
    if plan.calls_per_minute is None:
        return
    window, elapsed = divmod(time.time(), MINUTE)
    key = f"heavy:{current_organization()}:minute:{int(window)}"
    cache.add(key, 0, timeout=MINUTE)
    if _next(key) > plan.calls_per_minute:
        end_call(slot)
        raise _throttled(f"{plan.calls_per_minute} a minute", int(MINUTE - elapsed) + 1)


def _next(key: str) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:  # evicted between the two calls
        return 1


def _throttled(what: str, seconds: int) -> LimitReached:
    return LimitReached(
        f"Your plan lets the language model be asked {what}.", code="plan_throttled", retry_after=seconds
    )
