"""GET /api/v1/engines/: how the model is, who computes on the GPU, who waits; never whose work it is."""

import pytest

from engines.accelerator import Claim
from tests.leases import taken

pytestmark = pytest.mark.django_db
URL = "/api/v1/engines/"


def test_without_a_gpu_none_is_shown(api, alice):
    assert api(alice).get(URL).json() == {"language_model": "off", "gpus": []}


def test_who_computes_and_who_waits_is_shown_to_all_who_see_jobs_without_any_label(api, alice, charlie, leases):
    taken(leases, "language model", shared=True, owner=str(alice.organization.pk))
    leases.take(Claim("ocr", label="the-job-of-alice", owner=str(alice.organization.pk)))
    for person in (alice, charlie):
        answer = api(person).get(URL)
        (gpu,) = answer.json()["gpus"]
        assert (gpu["device"], gpu["known"], gpu["busy"]) == (leases.device, True, True)
        assert (gpu["holder"], gpu["calls"]) == ("language model", 1)
        (place,) = gpu["waiting"]
        assert (place["service"], place["position"], place["eta_seconds"] > 0) == ("ocr", 1, True)
        assert "the-job-of-alice" not in answer.content.decode()
        assert str(alice.organization.pk) not in answer.content.decode()


def test_leases_that_cannot_be_asked_for_are_said_to_be_unknown(api, alice, leases, settings):
    client = api(alice)
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    (gpu,) = client.get(URL).json()["gpus"]
    assert (gpu["known"], gpu["waiting"]) == (False, [])
