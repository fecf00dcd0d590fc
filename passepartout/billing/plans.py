"""The plans: what an organization may use, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

FREE, PRO, ENTERPRISE = "free", "pro", "enterprise"
# Counted from midnight to midnight, UTC. The others stand: what exists now is counted.
DAILY = frozenset({"asks_per_day", "tokens_per_day", "gpu_seconds_per_day"})


@dataclass(frozen=True)
class Plan:
    """``limits`` by resource. Calls of a language model are also paced where ``calls_per_minute`` is given: at most so
    many begin in a minute and ``calls_at_once`` run together.
    """

    name: str
    limits: dict[str, int]
    calls_per_minute: int | None = None
    calls_at_once: int | None = None


PLANS: Mapping[str, Plan] = {
    FREE: Plan(
        FREE,
        {
            "documents": 200,
            "storage_bytes": 1024**3,
            "members": 3,
            "golden_questions": 20,
            "asks_per_day": 100,
            "tokens_per_day": 200_000,
            "gpu_seconds_per_day": 600,
        },
        calls_per_minute=6,
        calls_at_once=1,
    ),
    PRO: Plan(
        PRO,
        {
            "documents": 20_000,
            "storage_bytes": 100 * 1024**3,
            "members": 50,
            "golden_questions": 200,
            "asks_per_day": 5_000,
            "tokens_per_day": 10_000_000,
            "gpu_seconds_per_day": 20_000,
        },
        calls_per_minute=120,
        calls_at_once=8,
    ),
    ENTERPRISE: Plan(
        ENTERPRISE,
        {
            "documents": 1_000_000,
            "storage_bytes": 1024**4,
            "members": 10_000,
            "golden_questions": 500,
            "asks_per_day": 100_000,
            "tokens_per_day": 1_000_000_000,
            "gpu_seconds_per_day": 1_000_000,
        },
    ),
}
