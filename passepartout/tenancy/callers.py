"""The caller of a request: a user in an organization, with the abilities that follow."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from passepartout.kernel.errors import Forbidden

from .matrix import MATRIX, NONE, Grant
from .models import Organization, Role, User


@dataclass(frozen=True)
class Caller:
    """``scopes`` None means a person (all that the role allows); an API key is narrowed to its scopes."""

    user: User
    organization: Organization
    role: Role
    client_id: UUID | None = None
    scopes: frozenset[str] | None = None
    family: UUID | None = None

    def grant(self, resource: str) -> Grant:
        grant = MATRIX[resource][self.role] if resource in MATRIX else NONE
        if self.scopes is None:
            return grant
        verbs = frozenset(verb for verb in grant.verbs if f"{resource}:{verb}" in self.scopes)
        return replace(grant, verbs=verbs)

    def may(self, resource: str, verb: str) -> bool:
        return verb in self.grant(resource).verbs

    def require(self, resource: str, verb: str) -> None:
        """Raises Forbidden unless the matrix allows it."""
        if not self.may(resource, verb):
            raise Forbidden(f"Your role does not allow this ({resource}: {verb}).")

    def reach(self, resource: str) -> str:
        return self.grant(resource).reach

    def shown(self, resource: str) -> str:
        """How much of a row: "" all of it, else `matrix.NAMES` or `matrix.MASKED`."""
        return self.grant(resource).shown

    def abilities(self) -> dict[str, list[str]]:
        """What this caller may do, by resource, for the pages to draw."""
        granted = {resource: sorted(self.grant(resource).verbs) for resource in MATRIX}
        return {resource: verbs for resource, verbs in granted.items() if verbs}


def caller_of(request: Any) -> Caller | None:
    """The caller that the authentication found; None when nobody is signed in."""
    return request.auth if isinstance(request.auth, Caller) else None
