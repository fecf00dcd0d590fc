"""Who counts what: whoever owns a resource registers how its use is counted from the rows themselves."""

from collections.abc import Callable, Mapping

# Used seldom and cheap to count: counted each time, without a meter.
UNMETERED = frozenset({"members", "golden_questions"})
_counted: dict[str, Callable[[], int]] = {}


def register_usage(resource: str, counted: Callable[[], int]) -> None:
    """``counted`` answers, inside a tenant transaction, how much of ``resource`` the organization in scope uses now
    (of a daily one: since midnight, UTC)."""
    _counted[resource] = counted


def counted(resource: str) -> int:
    return _counted[resource]()


def registered() -> Mapping[str, Callable[[], int]]:
    return _counted
