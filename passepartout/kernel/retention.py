"""How long things are kept: each app registers what it erases by itself, `privacy` knows what an organization chose."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Rule:
    """``erase(before, limit)`` erases at most ``limit`` things that are older, in the organization's scope and outside
    a transaction, and returns how many. ``default`` is in days, read when it is needed."""

    name: str
    default: Callable[[], int]
    erase: Callable[[datetime, int], int]
    least: int = 1
    most: int = 3650


_rules: dict[str, Rule] = {}


def register_rule(rule: Rule) -> None:
    """Called by an app's `ready`."""
    _rules[rule.name] = rule


def rules() -> list[Rule]:
    return sorted(_rules.values(), key=lambda rule: rule.name)
