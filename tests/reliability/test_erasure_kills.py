"""The worker is killed again and again while it erases a person: what it began, the next ends, and nothing is left."""

import random
import time

import pytest
from django.conf import settings

from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant
from passepartout.privacy.models import DataRequestItem
from passepartout.tenancy.factories import owner
from tests.privacy.world import rows_of
from tests.processes import final, sent, waited_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
DOCUMENTS = 40
TEXT = "Note {n}. Le dépôt de Éloïse Durand pour la villa {n} est de 850 euros, payable à la remise des clés."


def done(person):
    with tenant(person.organization.pk):
        return DataRequestItem.objects.filter(state="done").count()


def status(client, ident, *wanted):
    return waited_for(lambda: (body := client.get(ident).json())["status"] in wanted and body, seconds=90, every=0.2)


def test_killed_again_and_again_a_person_is_erased_whole(platform):
    running = platform(JOB_MAX_ATTEMPTS="20")
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web", "worker", "courier", "beat")
    moments = random.Random(7)
    with running.signed_in(alice.email) as client:
        idents = [sent(client, TEXT.format(n=number), f"{number}.txt") for number in range(DOCUMENTS)]
        other = sent(client, "Le verger est ouvert en octobre.", "verger.txt")
        assert set(final(client, [*idents, other], seconds=120).values()) == {"indexed"}
        body = {"kind": "erasure", "subject": {"names": ["Éloïse Durand"]}}
        address = f"data-requests/{client.post('data-requests/', json=body).json()['id']}/"
        found = status(client, address, "preview")["found"]
        assert found["documents"] == DOCUMENTS
        assert client.post(f"{address}actions/confirm/", json={}).status_code == 200
        for _ in range(4):
            before = done(alice)
            waited_for(lambda before=before: done(alice) > before, seconds=90, every=0.02)
            time.sleep(moments.uniform(0, 0.1))
            assert done(alice) < sum(found.values()), "killed in the middle"
            running.kill("worker")
            running.start("worker")
        end = status(client, address, "done")
        left = client.get("documents/").json()["results"]
    assert (end["receipt"]["done"]["documents"], end["receipt"]["still_found"]) == (DOCUMENTS, 0)
    assert [row["id"] for row in left] == [other]
    assert "Durand" not in rows_of(alice)
    assert [path for path in settings.OBJECTS_DIR.rglob("*") if path.is_file() and b"Durand" in path.read_bytes()] == []
    with tenant(alice.organization.pk):
        assert Job.objects.get(kind="privacy.run").attempt > 1
