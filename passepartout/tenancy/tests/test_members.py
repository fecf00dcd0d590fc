"""/api/v1/members/: who works here, and who may say so."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from passepartout.kernel.errors import Conflict
from passepartout.kernel.scope import tenant
from passepartout.tenancy import selectors, services
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Membership, Role, User

pytestmark = pytest.mark.django_db
URL = "/api/v1/members/"


def membership(person):
    with tenant(person.organization.pk, person.user.pk):
        return Membership.objects.get(user=person.user)


def at(person):
    return f"{URL}{membership(person).pk}/"


def test_a_concierge_is_shown_who_works_here_and_no_address(api, alice, bob):
    client = colleague(alice, "carla@example.org", Role.CONCIERGE)
    answer = api(client).get(URL)
    assert {row["role"] for row in answer.json()} == {"org_admin", "manager", "concierge"}
    assert {row["user"]["email"] for row in answer.json()} == {"•••"}
    assert "@" not in answer.content.decode()
    assert alice.email in api(bob).get(URL).content.decode()


def test_a_manager_cannot_make_an_administrator(api, bob):
    answer = api(bob).post(URL, {"email": "new@example.org", "role": "org_admin"})
    assert answer.status_code == 403
    assert not User.objects.filter(email="new@example.org").exists()


def test_a_manager_cannot_change_an_administrator_nor_promote_anybody(api, alice, bob):
    dora = colleague(alice, "dora@example.org", Role.CONCIERGE)
    client = api(bob)
    assert client.patch(at(alice), {"role": "manager"}).status_code == 403
    assert client.patch(at(alice), {"active": False}).status_code == 403
    assert client.patch(at(dora), {"role": "org_admin"}).status_code == 403
    assert (membership(alice).role, membership(dora).role) == ("org_admin", "concierge")


def test_nobody_changes_an_own_membership(api, alice, bob):
    for person in (alice, bob):
        answer = api(person).patch(at(person), {"role": "driver"})
        assert (answer.status_code, answer.json()["code"]) == (403, "own_membership")


def test_another_organizations_member_does_not_exist(api, alice, charlie):
    client = api(alice)
    assert client.patch(at(charlie), {"active": False}).status_code == 404
    assert client.patch(f"{URL}{uuid4()}/", {"active": False}).status_code == 404
    assert client.patch(f"{URL}nonsense/", {"active": False}).status_code == 404
    assert membership(charlie).active


@pytest.mark.parametrize("body", [{"email": "x", "role": "driver"}, {"email": "a@b.fr", "role": "king"}, {}])
def test_an_invalid_member_is_refused_field_by_field(api, alice, body):
    answer = api(alice).post(URL, body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in {"email", "role"}


def test_nobody_is_a_member_twice(api, alice, bob):
    answer = api(alice).post(URL, {"email": bob.email.upper(), "role": "driver"})
    assert (answer.status_code, answer.json()["code"]) == (409, "member_exists")
    assert membership(bob).role == "manager"


def test_a_portal_member_stands_for_a_client_and_nobody_else_does(api, alice):
    client = api(alice)
    assert client.post(URL, {"email": "p@example.org", "role": "client_portal"}).status_code == 422
    body = {"email": "p@example.org", "role": "driver", "client_id": str(uuid4())}
    assert client.post(URL, body).status_code == 422


def test_the_last_administrator_in_force_stays(api, alice, bob):
    """An expired administrator and a deactivated one do not count."""
    colleague(alice, "expired@example.org", Role.ORG_ADMIN, expires_at=timezone.now() - timedelta(days=1))
    colleague(alice, "inactive@example.org", Role.ORG_ADMIN, active=False)
    with tenant(alice.organization.pk, bob.user.pk):
        dora = colleague(alice, "dora@example.org", Role.ORG_ADMIN)
    with tenant(alice.organization.pk, dora.user.pk):
        caller = selectors.caller_in(dora.user.pk, alice.organization.pk)
        Membership.objects.filter(user=dora.user).update(active=False)
        for change in ({"role": "manager"}, {"active": False}):
            with pytest.raises(Conflict, match="administrator"), tenant(alice.organization.pk, dora.user.pk):
                services.change_role(caller, Membership.objects.get(user=alice.user), **change)
        assert Membership.objects.get(user=alice.user).role == "org_admin"


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_demote_each_other_at_once_do_not_both_succeed(alice):
    dora = colleague(alice, "dora@example.org", Role.ORG_ADMIN)
    barrier = threading.Barrier(2)
    ends = []

    def demote(by, whom):
        try:
            caller = selectors.caller_in(by.user.pk, alice.organization.pk)
            barrier.wait(timeout=10)
            with tenant(alice.organization.pk, by.user.pk):
                services.change_role(caller, Membership.objects.get(user=whom.user), role="manager")
            ends.append("done")
        except Conflict as error:
            ends.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((alice, dora), (dora, alice))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(ends) == ["done", "last_admin"]


def test_an_expiry_in_the_past_is_refused(api, alice, bob):
    past = (timezone.now() - timedelta(minutes=1)).isoformat()
    assert api(alice).patch(at(bob), {"expires_at": past}).status_code == 422
    assert api(alice).post(URL, {"email": "x@example.org", "role": "driver", "expires_at": past}).status_code == 422


def test_an_expired_member_is_let_in_again_by_a_new_expiry(api, alice):
    erin = colleague(alice, "erin@example.org", Role.DRIVER, expires_at=timezone.now() - timedelta(days=1))
    token = {"email": erin.email, "password": erin.password}
    assert api().post("/api/v1/auth/token/", token).status_code == 403
    later = (timezone.now() + timedelta(days=1)).isoformat()
    assert api(alice).patch(at(erin), {"expires_at": later}).status_code == 200
    assert api().post("/api/v1/auth/token/", token).status_code == 200


def test_a_refused_change_writes_nothing_and_no_audit_line(api, alice, bob):
    from passepartout.audit.selectors import recent

    api(bob).patch(at(alice), {"active": False})
    with tenant(alice.organization.pk, alice.user.pk):
        assert "member.changed" not in [line.action_type for line in recent()]


@pytest.mark.django_db(transaction=True)
def test_a_new_member_is_mailed_a_link_and_enters_with_it(api, alice):
    answer = api(alice).post(URL, {"email": "New@Example.org", "role": "concierge", "display_name": "Nadia"})
    assert answer.status_code == 201
    assert answer.json()["user"]["email"] == "new@example.org"
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    ident, token = mail.outbox[0].body.split("/password/")[1].split("/")[:2]
    body = {"ident": ident, "token": token, "password": "a brand new sentence 7"}
    assert api().post("/api/v1/auth/password/reset/confirm/", body).status_code == 204
    session = api().post("/api/v1/auth/token/", {"email": "new@example.org", "password": body["password"]})
    assert session.json()["role"] == "concierge"


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_does_not_undo_or_deny_the_new_member(api, alice, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert api(alice).post(URL, {"email": "new@example.org", "role": "driver"}).status_code == 201


def test_the_list_holds_ones_own_organization_only(api, alice, bob, charlie):
    emails = {row["user"]["email"] for row in api(bob).get(URL).json()}
    assert emails == {alice.email, bob.email}


def test_an_administrator_changes_roles_with_an_audit_line(api, alice, bob):
    answer = api(alice).patch(at(bob), {"role": "auditor"})
    assert (answer.status_code, answer.json()["role"]) == (200, "auditor")
    assert membership(bob).role == "auditor"
    assert api(bob).post(URL, {"email": "x@example.org", "role": "driver"}).status_code == 403
