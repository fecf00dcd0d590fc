"""Where a plan will limit: one hook, called by whoever is about to use something.

Whoever owns a resource registers how its use is counted; the limits are generous until plans exist.
"""

from collections.abc import Callable

from passepartout.kernel.errors import LimitReached

LIMITS: dict[str, int] = {
    "documents": 1_000_000,
    "storage_bytes": 1024**4,
    "asks_per_day": 100_000,
    "golden_questions": 500,
}
_used: dict[str, Callable[[], int]] = {}


def register_usage(resource: str, used: Callable[[], int]) -> None:
    """``used`` answers, inside a tenant transaction, how much of ``resource`` the organization in scope uses."""
    _used[resource] = used


def check_limit(resource: str, amount: int = 1) -> None:
    """Raises LimitReached when ``amount`` more would pass the organization's limit."""
    limit = LIMITS[resource]
    used = _used[resource]()
    if used + amount > limit:
        raise LimitReached(
            f"The limit of your plan is reached: {resource} {used} of {limit}.",
            code="plan_limit",
            resource=resource,
            limit=limit,
            used=used,
        )
