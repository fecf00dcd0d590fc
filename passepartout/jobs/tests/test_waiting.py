"""A job whose page waits for the GPU shows where; others, and who may not see it, are told nothing."""

import pytest

from engines.accelerator import Claim
from passepartout.jobs.models import Job
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant
from tests.leases import taken

from ..services import claim, enqueue

pytestmark = pytest.mark.django_db
URL = "/api/v1/jobs/"


@pytest.fixture
def running(alice):
    """The ids of two running jobs."""
    with tenant(alice.organization.pk, alice.user.pk):
        jobs = [enqueue("documents.index", subject=new_id(), document_id=new_id()) for _ in range(2)]
    for job in jobs:
        assert claim(job.pk)
    return [str(job.pk) for job in jobs]


def shown(client):
    return {job["id"]: job["waiting"] for job in client.get(URL).json()["results"]}


def test_charlie_is_told_nothing_of_it(api, charlie, leases, running):
    taken(leases, "language model")
    leases.take(Claim("ocr", label=running[0]))
    client = api(charlie)
    assert shown(client) == {}
    assert client.get(f"{URL}{running[0]}/").status_code == 404


def test_without_a_gpu_no_job_waits_for_one(api, alice, running):
    assert shown(api(alice)) == dict.fromkeys(running)


def test_the_job_that_waits_shows_its_place_its_estimate_and_who_computes(api, alice, leases, running):
    other = taken(leases, "language model")
    first, second = Claim("speech"), Claim("ocr", label=running[1])
    leases.take(first)
    leases.take(second)
    client = api(alice)
    waiting = shown(client)
    assert waiting[running[0]] is None
    assert waiting[running[1]] == {"position": 2, "eta_seconds": pytest.approx(20, abs=2), "holder": "language model"}
    assert client.get(f"{URL}{running[1]}/").json()["waiting"]["position"] == 2
    leases.release(other.claim)
    leases.take(first)
    leases.release(first)
    leases.take(second)
    assert client.get(f"{URL}{running[1]}/").json()["waiting"] is None, "it computes now"


def test_a_job_that_ended_waits_no_more(api, alice, leases, running):
    taken(leases, "language model")
    leases.take(Claim("ocr", label=running[0]))
    with tenant(alice.organization.pk):
        Job.objects.filter(pk=running[0]).update(state="succeeded")
    assert api(alice).get(f"{URL}{running[0]}/").json()["waiting"] is None
