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


def names_of_the_organizations_of(user):
    return {home.org.name for home in selectors.memberships_of(user.pk)}


def test_the_demo_is_given_to_an_administrator_who_was_there_before_and_to_no_other():
    paul = first_administrator()
    services.create_owner(email="later@example.org", password=PASSWORD, organization="Plus tard")
    call_command("load_demo", verbosity=0)
    assert names_of_the_organizations_of(paul) == {"Chez Paul", "Conciergerie des Lilas (démonstration)"}
    assert names_of_the_organizations_of(User.objects.get(email="later@example.org")) == {"Plus tard"}


def test_the_demo_is_given_to_an_administrator_made_by_the_command_line():
    call_command("load_demo", verbosity=0)
    services.create_owner(email="paul@example.org", password=PASSWORD, organization="Chez Paul")
    services.create_owner(email="later@example.org", password=PASSWORD, organization="Plus tard")
    assert len(names_of_the_organizations_of(User.objects.get(email="paul@example.org"))) == 2
    assert len(names_of_the_organizations_of(User.objects.get(email="later@example.org"))) == 1


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
