"""GET /api/v1/jobs/."""

from uuid import uuid4

import pytest

from passepartout.jobs import services
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role

from .conftest import claimed, queued

pytestmark = pytest.mark.django_db
URL = "/api/v1/jobs/"


def ids(client):
    return {row["id"] for row in client.get(URL).json()["results"]}


def test_another_organizations_job_does_not_exist(api, alice, charlie):
    job = queued(alice)
    assert ids(api(charlie)) == set()
    assert api(charlie).get(f"{URL}{job.pk}/").status_code == 404


@pytest.mark.parametrize("role", [Role.CONCIERGE, Role.WAREHOUSE, Role.DRIVER])
def test_whoever_works_sees_only_the_jobs_that_were_started_for_them(api, alice, role):
    person = colleague(alice, "x@example.org", role)
    own, other = queued(person), queued(alice)
    client = api(person)
    assert ids(client) == {str(own.pk)}
    assert client.get(f"{URL}{own.pk}/").status_code == 200
    assert client.get(f"{URL}{other.pk}/").status_code == 404


def test_whoever_runs_the_house_sees_all_of_its_jobs(api, alice, bob):
    rows = {str(queued(person).pk) for person in (alice, bob)}
    assert ids(api(alice)) == ids(api(bob)) == rows


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_makes_or_changes_a_job_by_hand(api, alice, method):
    job = queued(alice)
    for path in (URL, f"{URL}{job.pk}/"):
        assert getattr(api(alice), method)(path, {"state": "succeeded"}).status_code in {403, 405}


def test_an_unknown_job_is_not_found(api, alice):
    assert api(alice).get(f"{URL}{uuid4()}/").status_code == 404


def test_a_job_shows_how_far_it_is_and_not_what_it_carries(api, alice):
    job = queued(alice, document="secret")
    claim = claimed(job)
    with tenant(alice.organization.pk):
        services.report(claim, step="reading", done=3, total=7)
    answer = api(alice).get(f"{URL}{job.pk}/")
    row = answer.json()
    assert (row["state"], row["step"], row["done"], row["total"], row["attempt"]) == ("running", "reading", 3, 7, 1)
    assert b"secret" not in answer.content
    assert str(claim.lease) not in answer.content.decode()
