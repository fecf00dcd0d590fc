"""`./run manage rotate_keys --data` is killed again and again: nothing is lost, and the last run ends it."""

import subprocess
import time

import pytest
from django.db import connection

from embedded import commands
from passepartout.clients.models import Client
from passepartout.kernel import crypto
from passepartout.kernel.scope import tenant
from passepartout.tenancy import keys, rotation
from passepartout.tenancy.models import EncryptionKey
from tests.processes import ROOT, waited_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PEOPLE = 6000


@pytest.fixture
def people(alice):
    keys.forget()
    with tenant(alice.organization.pk, alice.user.pk):
        Client.objects.bulk_create(Client(name=f"Mme Durand {n}", email=f"{n}@example.org") for n in range(PEOPLE))
    return alice


def under(person, key):
    begins = crypto.prefix_of(key)
    with tenant(person.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM clients WHERE left(name, %s) = %s", [crypto.PREFIX, begins])
        return cursor.fetchone()[0]


def current(person):
    with tenant(person.organization.pk):
        row = EncryptionKey.objects.get(purpose="fields", replaced_at=None)
        return bytes(row.key_id)


def assert_all_readable(person):
    with tenant(person.organization.pk):
        names = {row.name for row in Client.objects.all()}
    assert names == {f"Mme Durand {n}" for n in range(PEOPLE)}


def test_killed_three_times_and_ended_by_the_next_run(people, platform):
    made = platform()
    before, argv = current(people), commands.django("rotate_keys", "--data")
    for kill in range(3):
        at = under(people, before)
        process = subprocess.Popen(argv, env=made.environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        waited_for(lambda at=at: under(people, before) < at, seconds=60, every=0.01)
        time.sleep(0.05 * kill)
        process.kill()
        process.wait()
        assert 0 < under(people, before) < PEOPLE, "killed in the middle"
        assert_all_readable(people)
    said = made.command("rotate_keys", "--data")
    assert "rows encrypted again" in said
    assert (under(people, before), under(people, current(people))) == (0, PEOPLE)
    assert_all_readable(people)
    with tenant(people.organization.pk):
        EncryptionKey.objects.exclude(replaced_at=None).update(replaced_at="2026-01-01T00:00:00Z")
    assert made.command("rotate_keys", "--resume") == "1 former keys deleted\n"
    keys.forget()
    assert_all_readable(people)
    assert rotation.go_on() == 0
