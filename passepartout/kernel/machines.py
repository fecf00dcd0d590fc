"""State machines as data: the one table feeds the services, the API's allowed actions, the docs and the tests."""

from collections.abc import Mapping
from dataclasses import dataclass

from .errors import Conflict


@dataclass(frozen=True)
class Transition:
    """``name`` leads from any of ``sources`` to ``target``; ``system`` ones are never offered to a person."""

    name: str
    sources: frozenset[str]
    target: str
    system: bool = False


@dataclass(frozen=True)
class Machine:
    name: str
    start: str
    transitions: Mapping[str, Transition]

    def target(self, action: str, state: str) -> str:
        """The state that ``action`` leads to from ``state``. Raises Conflict, naming what is allowed."""
        transition = self.transitions[action]
        if state not in transition.sources:
            raise Conflict(
                f"This {self.name} is {state}: {action} is not possible now.",
                code="wrong_state",
                state=state,
                allowed_actions=self.offered(state),
            )
        return transition.target

    def offered(self, state: str) -> list[str]:
        """Names of the transitions that a person may ask for in ``state``."""
        return [t.name for t in self.transitions.values() if state in t.sources and not t.system]

    @property
    def states(self) -> list[str]:
        known = {self.start: None}
        for transition in self.transitions.values():
            known |= dict.fromkeys([*sorted(transition.sources), transition.target])
        return list(known)


def machine(name: str, *, start: str, table: str) -> Machine:
    """Read a machine from lines ``action: a|b -> c``; a trailing ``!`` marks a transition of the system alone."""
    transitions = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        action, _, path = line.partition(":")
        sources, _, target = path.partition("->")
        system = target.strip().endswith("!")
        transitions[action.strip()] = Transition(
            action.strip(),
            frozenset(source.strip() for source in sources.split("|")),
            target.strip().rstrip("!").strip(),
            system,
        )
    return Machine(name, start, transitions)
