"""The demo organization."""

import pytest
from django.core.management import call_command

from passepartout.documents.models import Document
from passepartout.kernel.scope import tenant
from passepartout.tenancy import selectors, services
from passepartout.tenancy.models import GHOST, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


def first_administrator():
    services.create_first_owner(email="paul@example.org", password=PASSWORD, organization="Chez Paul")
    return User.objects.get(email="paul@example.org")


def test_the_first_administrator_is_given_the_demo():
    call_command("load_demo", verbosity=0)
    homes = selectors.memberships_of(first_administrator().pk)
    assert [home.org.name for home in homes] == ["Chez Paul", "Conciergerie des Lilas (démonstration)"]
    with tenant(homes[1].org_id):
        assert Document.objects.count() == 5


def test_loading_it_twice_changes_nothing():
    call_command("load_demo", verbosity=0)
    call_command("load_demo", verbosity=0)
    assert User.objects.filter(email=GHOST).count() == 1


def test_nobody_signs_in_as_the_ghost():
    call_command("load_demo", verbosity=0)
    ghost = User.objects.get(email=GHOST)
    assert not ghost.is_active
    assert not ghost.has_usable_password()


def test_without_a_demo_the_first_administrator_has_one_organization():
    assert len(selectors.memberships_of(first_administrator().pk)) == 1
