"""What a check of `./run doctor` says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`level`: ok, note (works, but know it) or bad (will not work, or is not safe)."""

    name: str
    level: str
    text: str
