"""What sockets are told: ids, to those who may know, once; and nobody waits for who does not listen."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psutil
import pytest
from channels.layers import get_channel_layer
from websockets.exceptions import ConnectionClosed

from embedded.valkey import ValkeyServer
from passepartout.clients.services import create_client
from passepartout.documents.events import DocumentIndexed
from passepartout.kernel.events import Audience, Occurrence
from passepartout.kernel.ids import new_id
from passepartout.kernel.progress import Progress
from passepartout.kernel.scope import tenant
from passepartout.realtime import sending
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role
from tests.processes import sent, waited_for

from .conftest import Page, heard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def announced(person, audience, ident=None):
    event = DocumentIndexed(subject=uuid4(), audience=audience, status="indexed")
    sending.announce(Occurrence(ident or new_id(), person.organization.pk, person.organization.created_at, event))
    return str(event.subject)


def ids(messages):
    return [message["id"] for message in messages]


def test_nothing_of_alices_house_reaches_charlie_nor_what_is_private_anybody_else(
    web, listening, alice, bob, driver, charlie
):
    sockets = {person.email: listening(person) for person in (alice, bob, driver, charlie)}
    shared = announced(alice, Audience("documents", users=(alice.user.pk,)))
    private = announced(alice, Audience(users=(alice.user.pk,)))
    forged = announced(alice, Audience("documents", users=(charlie.user.pk,)))
    told = {email: ids(heard(socket)) for email, socket in sockets.items()}
    assert told == {
        alice.email: [shared, private, forged],
        bob.email: [shared, forged],
        driver.email: [],
        charlie.email: [],
    }


def test_a_clients_portal_is_told_of_that_clients_documents_only(listening, alice):
    with tenant(alice.organization.pk, alice.user.pk):
        one, other = create_client(name="Durand").pk, create_client(name="Martin").pk
    portal = colleague(alice, "portal@example.org", Role.CLIENT_PORTAL, client_id=one)
    socket = listening(portal)
    announced(alice, Audience("documents"))
    announced(alice, Audience("documents", client=other))
    theirs = announced(alice, Audience("documents", client=one))
    assert ids(heard(socket)) == [theirs]


def test_a_message_is_ids_and_an_event_is_passed_on_once(listening, alice):
    socket = listening(alice)
    ident = new_id()
    for _ in range(3):
        subject = announced(alice, Audience("documents", users=(alice.user.pk,)), ident)
    (message,) = heard(socket)
    assert message.keys() == {"type", "id", "organization", "at", "event"}
    assert (message["type"], message["event"]) == ("document.indexed", str(ident))
    assert UUID(message["id"])
    assert message["organization"] == str(alice.organization.pk)
    assert subject


def test_an_upload_is_followed_from_the_page_to_the_index(platform, alice):
    running = platform()
    running.start("web", "worker", "courier")
    at = Page(running, alice)
    socket = at.open()
    assert json.loads(socket.recv(timeout=10))["type"] == "ready"
    ident = sent(at.http, "Le portail ouvre à huit heures. " * 900, "a.txt")
    messages = told_until(socket, "document.indexed")
    at.leave()
    assert {message["id"] for message in messages} == {ident}
    assert "document.uploaded" in [message["type"] for message in messages]
    progress = [message for message in messages if message["type"] == "job.progress"]
    assert progress
    assert {message["step"] for message in progress} <= {"extracting", "chunking", "embedding"}
    assert all(message.keys() >= {"job", "kind", "done", "total"} for message in progress)


def told_until(socket, kind):
    found = [json.loads(socket.recv(timeout=60))]
    while found[-1]["type"] != kind:
        found.append(json.loads(socket.recv(timeout=60)))
    return found


def test_a_job_reports_at_most_four_times_a_second(listening, alice):
    socket = listening(alice)
    job = new_id()
    started = time.monotonic()
    for done in range(100):
        audience = Audience(users=(alice.user.pk,))
        sending.show_progress(
            Progress(alice.organization.pk, job, "documents.index", new_id(), "embedding", done, 100, audience)
        )
        time.sleep(0.01)
    most = (time.monotonic() - started) * 4 + 1
    assert 2 <= len(heard(socket)) <= most


def test_a_client_that_does_not_read_is_closed_and_takes_no_memory(web, listening, alice, bob):
    """24 MB are sent to each. The library's client stops reading after a few messages that nobody takes."""
    quick, slow = listening(bob), listening(alice)
    process = psutil.Process(web._running["web"].pid)
    before = process.memory_info().rss
    received = []
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(lambda: [received.append(quick.recv(timeout=60)) for _ in range(6000)])
        asyncio.run(flood([f"user.{who.organization.pk}.{who.user.pk}" for who in (alice, bob)], received))
        reading.result()
    assert len(received) == 6000
    assert process.memory_info().rss - before < 10_000_000
    with pytest.raises(ConnectionClosed):
        drain(slow)


async def flood(rooms, received):
    """As fast as the quick one reads: the other must not make it wait."""
    layer = get_channel_layer()
    deadline = time.monotonic() + 120
    for number in range(6000):
        while number - len(received) > 4 and time.monotonic() < deadline:
            await asyncio.sleep(0.001)
        for room in rooms:
            await layer.group_send(room, {"type": "live.message", "key": str(number), "text": "x" * 4000})


def drain(socket):
    while True:
        socket.recv(timeout=10)


def test_without_valkey_http_goes_on_and_sockets_come_back(platform, tmp_path, alice):
    valkey = ValkeyServer(tmp_path / "valkey", password="x" * 20)
    valkey.start()
    valkey.wait_ready()
    try:
        running = platform(REDIS_URL=valkey.url, REALTIME_RECHECK_SECONDS="1")
        running.start("web")
        at = Page(running, alice)
        socket = at.open()
        assert json.loads(socket.recv(timeout=5))["type"] == "ready"
        valkey.stop()
        with pytest.raises(ConnectionClosed) as end:
            socket.recv(timeout=10)
        assert end.value.rcvd.code == 1013
        assert at.http.get("documents/").status_code == 200
        answer = at.http.post("realtime/tickets/")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        valkey.start()
        valkey.wait_ready()
        waited_for(lambda: at.http.post("realtime/tickets/").status_code == 201, seconds=10)
        again = at.open()
        assert json.loads(again.recv(timeout=10))["type"] == "ready"
        at.leave()
    finally:
        valkey.stop()
