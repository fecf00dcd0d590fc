"""What happened, typed: ids and states only, never personal data. Each app declares its own in its events.py.

The registries are filled while Django starts: every event class by its kind, and who wants to be told of which.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, get_type_hints
from uuid import UUID


@dataclass(frozen=True)
class Audience:
    """Who may hear of an event: all whose role reads ``resource`` throughout the organization, these users, and the
    portal of ``client``. Whoever hears of it still asks for the object, and is then judged again."""

    resource: str = ""
    users: tuple[UUID, ...] = ()
    client: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Event:
    """``subject`` is what it happened to. Subclasses set ``kind`` (``noun.verb``); fields are UUID, str or int."""

    kind: ClassVar[str] = ""
    subject: UUID
    audience: Audience = Audience()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "." in cls.kind:  # the others are bases of events
            KINDS[cls.kind] = cls


@dataclass(frozen=True)
class Occurrence:
    """An event as it was committed. ``ident`` is the same at every delivery: a receiver may be told twice."""

    ident: UUID
    organization: UUID
    at: datetime
    event: Event


@dataclass(frozen=True)
class Subscriber:
    """``receive`` raises a temporary `AppError` or `EngineError` to be told again later; ``kinds`` empty means all."""

    name: str
    receive: Callable[[Occurrence], None]
    kinds: frozenset[str] = frozenset()


KINDS: dict[str, type[Event]] = {}
_subscribers: dict[str, Subscriber] = {}


def subscribe(name: str, receive: Callable[[Occurrence], None], *, kinds: frozenset[str] = frozenset()) -> None:
    """Told at least once of every event of these kinds that is committed from now on, in order for each subject."""
    _subscribers[name] = Subscriber(name, receive, kinds)


def subscribers_of(kind: str) -> list[str]:
    return [one.name for one in _subscribers.values() if not one.kinds or kind in one.kinds]


def subscriber(name: str) -> Subscriber | None:
    """None when the app that subscribed is not installed any more."""
    return _subscribers.get(name)


def pack(event: Event) -> dict[str, Any]:
    """An event as JSON values; `unpack` gives it back."""
    audience = event.audience
    heard = {
        "resource": audience.resource,
        "users": [str(user) for user in audience.users],
        "client": str(audience.client) if audience.client else None,
    }
    own = {name: getattr(event, name) for name in _own_fields(type(event))}
    facts = {name: str(value) if isinstance(value, UUID) else value for name, value in own.items()}
    return {**facts, "subject": str(event.subject), "audience": heard}


def unpack(kind: str, packed: Mapping[str, Any]) -> Event:
    """Raises KeyError for a kind that no installed app declares."""
    shape = KINDS[kind]
    hints = get_type_hints(shape)
    heard = packed["audience"]
    audience = Audience(
        heard["resource"], tuple(map(UUID, heard["users"])), UUID(heard["client"]) if heard["client"] else None
    )
    own = {name: _typed(hints[name], packed[name]) for name in _own_fields(shape) if name in packed}
    return shape(subject=UUID(packed["subject"]), audience=audience, **own)


def _own_fields(shape: type[Event]) -> list[str]:
    return [field.name for field in fields(shape) if field.name not in {"subject", "audience"}]


def _typed(hint: Any, value: Any) -> Any:
    return UUID(value) if value is not None and hint in (UUID, UUID | None) else value
