"""Whose socket it is, fixed when the ticket was made, and which of them still stand."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import connection

from passepartout.tenancy.models import Role


@dataclass(frozen=True)
class Session:
    """A person in an organization, in a role, in one family of tokens. ``client`` is set for portals."""

    user: UUID
    organization: UUID
    family: UUID
    role: Role
    client: UUID | None = None

    def to_json(self) -> str:
        return json.dumps({name: str(value) if value else None for name, value in asdict(self).items()})

    @classmethod
    def from_json(cls, text: str | bytes) -> "Session":
        facts = json.loads(text)
        ids = {name: UUID(facts[name]) for name in ("user", "organization", "family")}
        return cls(**ids, role=Role(facts["role"]), client=UUID(facts["client"]) if facts["client"] else None)


def standing(sessions: Sequence[Session]) -> set[Session]:
    """Those whose user is active, whose membership is in force with the same role, and whose family of tokens has
    neither been revoked nor expired. One query for all of a process's sockets; the connection is given back."""
    columns = zip(*((s.user, s.organization, s.family, s.role.value) for s in sessions), strict=True)
    users, organizations, families, roles = map(list, columns)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT place FROM sessions_standing(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[])",
                [users, organizations, families, roles],
            )
            return {sessions[place - 1] for (place,) in cursor.fetchall()}
    finally:
        connection.close()
