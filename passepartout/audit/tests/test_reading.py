"""GET /api/v1/audit/."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from passepartout.audit.services import record
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/audit/"


def done(person, action, target=None):
    with tenant(person.organization.pk, person.user.pk):
        record(action, target)


def listed(client, **filters):
    answer = client.get(URL, filters)
    assert answer.status_code == 200, answer.content
    return [line["action_type"] for line in answer.json()["results"]]


@pytest.mark.parametrize("filters", [{"user": "x"}, {"since": "yesterday"}, {"until": "2026-13-01T00:00:00Z"}])
def test_a_filter_that_cannot_be_read_is_invalid(api, alice, filters):
    assert api(alice).get(URL, filters).status_code == 422


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_writes_through_the_api(api, alice, method):
    assert getattr(api(alice), method)(URL, {}).status_code in {403, 405}


def test_lines_of_another_organization_are_not_listed(api, alice, charlie):
    done(charlie, "secret.done")
    assert "secret.done" not in listed(api(alice))
    assert listed(api(alice), user=str(charlie.user.pk)) == []


def test_lines_are_narrowed_by_action_object_user_and_date(api, alice, bob):
    done(alice, "a.done", alice.user)
    done(bob, "b.done", bob.user)
    client = api(alice)
    assert listed(client, action="a.done") == ["a.done"]
    assert listed(client, object_type="users", object_id=str(bob.user.pk)) == ["b.done"]
    assert "a.done" not in listed(client, user=str(bob.user.pk))
    now = timezone.now()
    assert listed(client, since=(now + timedelta(hours=1)).isoformat()) == []
    assert listed(client, until=(now - timedelta(hours=1)).isoformat()) == []
    assert {"a.done", "b.done"} <= set(listed(client, since=(now - timedelta(hours=1)).isoformat()))
    assert listed(client, user=str(uuid4())) == []


def test_lines_come_newest_first_page_by_page(api, alice):
    for number in range(5):
        done(alice, f"x.{number}")
    client = api(alice)
    first = client.get(URL, {"page_size": 2, "action": ""}).json()
    assert len(first["results"]) == 2
    seen = [line["action_type"] for line in first["results"]]
    page = first
    while page["next"]:
        page = client.get(page["next"]).json()
        seen += [line["action_type"] for line in page["results"]]
    ours = [action for action in seen if action.startswith("x.")]
    assert ours == [f"x.{number}" for number in reversed(range(5))]
