"""Processes die at random moments: nothing is lost, nothing is done twice."""

import os
import random
import signal
import socket
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings

from passepartout.documents.models import Document
from passepartout.files import services as files
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import owner
from tests.processes import assert_indexed_exactly_once, final, sent, waited_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SENTENCE = "La piscine numéro {n} du domaine ouvre à huit heures et ferme à vingt heures, sauf le lundi. "
SHORT = "Note {n}. " + SENTENCE


def text(number, articles):
    return "\n\n".join(f"Article {article}. " + SENTENCE.format(n=number) * 6 for article in range(articles))


def stored(folder):
    return [path for path in (Path(settings.OBJECTS_DIR) / folder).rglob("*") if path.is_file()]


def jobs(person, **where):
    with tenant(person.organization.pk):
        return list(Job.objects.filter(**where))


def test_a_worker_killed_again_and_again_loses_nothing_and_does_nothing_twice(platform):
    running = platform(JOB_MAX_ATTEMPTS="20")
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web", "worker", "courier", "beat")
    moments = random.Random(7)
    with running.signed_in(alice.email) as client:
        idents = [sent(client, text(number, 10), f"{number}.txt") for number in range(12)]
        kills = 0
        while kills < 5:
            waited_for(lambda: jobs(alice, state="running"), seconds=60, every=0.02)
            time.sleep(moments.uniform(0, 1.0))
            running.kill("worker")
            running.start("worker")
            kills += 1
            if not jobs(alice, state__in=["queued", "running"]):
                break
        states = final(client, idents, seconds=90)
        assert set(states.values()) == {"indexed"}, states
        assert kills >= 3
        waited_for(lambda: len(jobs(alice, state="succeeded")) == len(idents), seconds=20)
        for ident in idents:
            assert_indexed_exactly_once(alice.organization.pk, client, ident)
        assert max(job.attempt for job in jobs(alice)) > 1, "no kill met a running job"
    assert (len(stored("objects")), stored("drafts")) == (12, [])


def test_a_broker_that_forgets_everything_loses_nothing(platform):
    running = platform()
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web", "worker", "courier", "beat")
    with running.signed_in(alice.email) as client:
        idents = []
        for number in range(12):
            idents.append(sent(client, SHORT.format(n=number), f"{number}.txt"))
            if number % 3 == 2:
                running.broker.flushdb()
        running.broker.flushdb()
        states = final(client, idents, seconds=60)
        assert set(states.values()) == {"indexed"}
        waited_for(lambda: len(jobs(alice, state="succeeded")) == len(idents), seconds=20)
        for ident in idents:
            assert_indexed_exactly_once(alice.organization.pk, client, ident)


def test_uploads_are_taken_while_the_broker_is_away_and_indexed_when_it_is_back(platform):
    """The web process is given a broker that nobody listens for; beat and worker have the real one."""
    running = platform(REDIS_URL="redis://127.0.0.1:9/0")
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web")
    with running.signed_in(alice.email) as client:
        ident = sent(client, SHORT.format(n=1), "a.txt")
        running.more.clear()
        running.start("worker", "courier", "beat")
        assert final(client, [ident], seconds=60) == {ident: "indexed"}


def test_a_file_that_kills_its_worker_is_given_up_and_its_neighbours_finish(platform):
    running = platform(concurrency=1)
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web", "worker", "courier", "beat")
    with running.signed_in(alice.email) as client:
        poison = sent(client, text(0, 200), "poison.txt")
        neighbours = [sent(client, SHORT.format(n=number), f"{number}.txt") for number in range(1, 6)]
        for attempt in (1, 2, 3):
            waited_for(
                partial(jobs, alice, subject_id=poison, state="running", attempt=attempt), seconds=60, every=0.02
            )
            for pid in running.pool():
                os.kill(pid, signal.SIGKILL)
        states = final(client, [poison, *neighbours], seconds=60)
        assert states == {poison: "failed"} | dict.fromkeys(neighbours, "indexed")
        assert client.get(f"documents/{poison}/").json()["error"]["code"] == "worker_lost"
        (job,) = jobs(alice, subject_id=poison)
        assert (job.state, job.attempt) == ("failed", 3)
        for ident in neighbours:
            assert_indexed_exactly_once(alice.organization.pk, client, ident)


def half_an_upload(running, client, size):
    """A connection on which half of an upload was sent."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    request = (
        f"POST /api/v1/documents/ HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
        f"Authorization: {client.headers['Authorization']}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(head) + size}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", running.port))
    connection.sendall(request.encode() + head + b"a" * (size // 2))
    return connection


def documents(person):
    with tenant(person.organization.pk):
        return Document.objects.count()


def test_web_killed_in_the_middle_of_an_upload_leaves_nothing(platform):
    running = platform()
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web")
    with running.signed_in(alice.email) as client:
        with half_an_upload(running, client, 4_000_000):
            time.sleep(0.3)
            running.kill("web")
        running.start("web")
        assert client.get("documents/").json()["results"] == []
    assert (documents(alice), stored("objects"), stored("drafts")) == (0, [], [])


def test_a_caller_who_hangs_up_in_the_middle_leaves_nothing(platform):
    running = platform()
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web")
    with running.signed_in(alice.email) as client:
        half_an_upload(running, client, 4_000_000).close()
        assert client.get("documents/").json()["results"] == []
    assert (documents(alice), stored("objects"), stored("drafts")) == (0, [], [])


def test_web_killed_while_it_stores_leaves_a_draft_that_is_swept(platform):
    running = platform()
    alice = owner("alice@example.org", "Conciergerie du Parc")
    running.start("web")
    with running.signed_in(alice.email) as client:
        whole = half_an_upload(running, client, 120_000_000)
        end = b"\r\n--b--\r\n"
        whole.sendall(b"a" * (60_000_000 - len(end)) + end)
        waited_for(lambda: stored("drafts"), seconds=60, every=0.001)
        running.kill("web")
        whole.close()
        running.start("web")
        assert client.get("documents/").json()["results"] == []
    (draft,) = stored("drafts")
    assert (documents(alice), stored("objects")) == (0, [])
    assert files.sweep() == 0  # it might be an upload under way
    long_ago = time.time() - timedelta(hours=7).total_seconds()
    os.utime(draft, (long_ago, long_ago))
    assert files.sweep() == 1
    assert stored("drafts") == []
