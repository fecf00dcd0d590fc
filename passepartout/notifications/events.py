"""What happens to notifications: told to their reader alone."""

from dataclasses import dataclass
from typing import ClassVar

from passepartout.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class NotificationCreated(Event):
    """There is something new to read."""

    kind: ClassVar[str] = "notification.created"
