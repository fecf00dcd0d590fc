"""The groups of the channel layer: in which a socket listens, and to which an event goes."""

from uuid import UUID

from passepartout.kernel.events import Audience
from passepartout.tenancy.matrix import MATRIX

from .sessions import Session


def rooms_of(session: Session) -> list[str]:
    """One's own, one's client's, and one for each resource that the role reads throughout the organization."""
    granted = {resource: row[session.role] for resource, row in MATRIX.items()}
    read = [name for name, grant in granted.items() if grant.reach == "organization" and "read" in grant.verbs]
    whole = [_resource(session.organization, name) for name in read]
    client = [_client(session.organization, session.client)] if session.client else []
    return [_user(session.organization, session.user), *client, *whole]


def rooms_for(organization: UUID, audience: Audience) -> list[str]:
    whole = [_resource(organization, audience.resource)] if audience.resource else []
    client = [_client(organization, audience.client)] if audience.client else []
    return [*(_user(organization, user) for user in audience.users), *client, *whole]


def _user(organization: UUID, user: UUID) -> str:
    return f"user.{organization}.{user}"


def _client(organization: UUID, client: UUID) -> str:
    return f"client.{organization}.{client}"


def _resource(organization: UUID, resource: str) -> str:
    return f"org.{organization}.{resource}"
