"""The cast: Alice owns, Bob is her colleague, Charlie belongs to the other organization and must never see anything."""

from dataclasses import dataclass

from passepartout.kernel.scope import tenant

from . import services
from .models import Membership, Organization, Role, User

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Person:
    user: User
    organization: Organization
    email: str
    password: str = PASSWORD


def owner(email: str, organization: str, **fields: str) -> Person:
    created = services.create_owner(email=email, password=PASSWORD, organization=organization, **fields)
    return Person(User.objects.get(email=email), created, email)


def colleague(of: Person, email: str, role: str = Role.MANAGER, **fields: object) -> Person:
    user = services.create_user(email=email, password=PASSWORD)
    with tenant(of.organization.pk, of.user.pk):
        Membership.objects.create(user=user, role=role, **fields)
    return Person(user, of.organization, email)
