"""Before a prompt, a model or an index comes into use: whoever guards the answers is asked.

A guard registers itself at start (``AppConfig.ready``). It is called outside any transaction, in the caller's scope; it
may take seconds, ask engines, refuse by raising Conflict, or let the change pass with warnings that are kept with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from passepartout.tenancy.callers import Caller

from .prompts import Prompt


@dataclass(frozen=True)
class Activation:
    """``kind``: prompt, model or index. For a prompt: ``prompt`` is what ``label`` shall name, ``before`` what it
    names now.
    """

    kind: str
    key: str
    label: str
    before: Prompt | None = None
    prompt: Prompt | None = None


Guard = Callable[[Caller, Activation], Sequence[str]]
_guards: list[Guard] = []


def register_before_activation(guard: Guard) -> None:
    """``guard`` returns warnings. Raises (in `warnings_of`) Conflict to refuse."""
    if guard not in _guards:
        _guards.append(guard)


def unregister_before_activation(guard: Guard) -> None:
    _guards.remove(guard)


def warnings_of(caller: Caller, activation: Activation) -> list[str]:
    """What the guards say. Raises Conflict when one refuses."""
    return [warning for guard in _guards for warning in guard(caller, activation)]
