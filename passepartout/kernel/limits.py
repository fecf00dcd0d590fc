"""Limits of what lower apps make: the app that knows the plans registers itself here at start."""

from collections.abc import Callable

Limit = Callable[[str, int], None]
_limits: list[Limit] = []


def register_limit(limit: Limit) -> None:
    """``limit(resource, amount)`` raises LimitReached, in the caller's tenant transaction."""
    if limit not in _limits:
        _limits.append(limit)


def require_room(resource: str, amount: int = 1) -> None:
    """Raises LimitReached when the plan has no room for ``amount`` more."""
    for limit in _limits:
        limit(resource, amount)
