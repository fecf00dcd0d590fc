"""Who gets a socket: one ticket, once, soon, from a page of ours, while the session stands."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from passepartout.kernel.scope import tenant
from passepartout.realtime import tickets
from passepartout.tenancy.models import Membership, RefreshToken, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def refused(page, **how):
    with pytest.raises(InvalidStatus) as error:
        page.open(**how)
    return error.value.response.status_code


def closed(socket, *, seconds=10):
    """The code that the server closes with."""
    with pytest.raises(ConnectionClosed) as error:
        drain(socket, seconds)
    return error.value.rcvd.code


def drain(socket, seconds):
    until = time.monotonic() + seconds
    while True:
        socket.recv(timeout=max(until - time.monotonic(), 0.01))


def test_without_a_token_or_with_a_key_there_is_no_ticket(web, page, alice):
    with web.api() as nobody:
        assert nobody.post("realtime/tickets/").status_code == 401
    http = page(alice).http
    body = {"name": "n8n", "scopes": ["clients:read"], "expires_at": f"{timezone.now().year + 1}-01-01T00:00:00Z"}
    key = http.post("api-keys/", json=body).json()["key"]
    with web.api(key) as program:
        answer = program.post("realtime/tickets/")
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


def test_a_ticket_that_is_unknown_missing_used_or_too_old_opens_nothing(page, alice, web):
    at = page(alice)
    for ticket in ("", "x", "x" * 500, uuid4().hex):
        assert refused(at, ticket=ticket) == 403
    ticket = at.ticket()
    at.open(ticket=ticket).close()
    assert refused(at, ticket=ticket) == 403
    late = at.ticket()
    assert 0 < web.broker.ttl(tickets._key(late)) <= 30
    web.broker.expire(tickets._key(late), 0)
    assert refused(at, ticket=late) == 403


def test_tickets_are_stored_hashed(page, alice, web):
    ticket = page(alice).ticket()
    kept = b"".join(key + (web.broker.get(key) or b"") for key in web.broker.scan_iter("ticket:*"))
    assert kept
    assert ticket.encode() not in kept
    assert b"alice" not in kept


@pytest.mark.parametrize(
    "origin",
    [None, "http://evil.example", "http://127.0.0.1", "http://localhost:1", "null", "http://127.0.0.1.evil.example",
     "file://127.0.0.1", "http://[", "https://evil.example#http://127.0.0.1"],
)  # fmt: skip
def test_a_page_of_another_origin_gets_no_socket_and_burns_no_ticket(page, alice, origin):
    at = page(alice)
    ticket = at.ticket()
    assert refused(at, ticket=ticket, origin=origin) == 403
    at.open(ticket=ticket).close()


def test_there_is_one_address_for_sockets(page, alice):
    assert refused(page(alice), path="/api/v1/ws/") == 404


def test_of_two_who_show_a_ticket_at_once_one_gets_in(page, alice):
    at = page(alice)
    ticket = at.ticket()

    def attempt(_):
        try:
            return at.open(ticket=ticket)
        except InvalidStatus:
            return None

    with ThreadPoolExecutor(5) as crowd:
        sockets = [socket for socket in crowd.map(attempt, range(5)) if socket]
    assert len(sockets) == 1
    sockets[0].close()


def test_signing_out_ends_open_sockets_and_unused_tickets(page, listening, alice):
    at = page(alice)
    socket, ticket = at.open(), at.ticket()
    other = listening(alice)
    assert json.loads(socket.recv(timeout=5))["type"] == "ready"
    assert at.http.post("auth/logout/").status_code == 204
    assert refused(at, ticket=ticket) == 403
    assert closed(socket) == 4401
    other.ping().wait(2)
    other.send('{"type": "ping"}')
    assert json.loads(other.recv(timeout=5)) == {"type": "pong"}


def _membership(person, **changes):
    with tenant(person.organization.pk, person.user.pk):
        assert Membership.objects.filter(user=person.user).update(**changes) == 1


ENDS = {
    "removed from the organization": lambda p: _membership(p, active=False),
    "given another role": lambda p: _membership(p, role="driver"),
    "their membership over": lambda p: _membership(p, expires_at=timezone.now()),
    "made inactive": lambda p: User.objects.filter(pk=p.user.pk).update(is_active=False),
    "expired with their refresh token": lambda p: RefreshToken.objects.filter(user=p.user).update(
        expires_at=timezone.now()
    ),
    "revoked everywhere": lambda p: RefreshToken.objects.filter(user=p.user).update(revoked_at=timezone.now()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_socket_of_somebody_whose_session_ends_is_closed_within_seconds(listening, alice, bob, end):
    hers, his = listening(alice), listening(bob)
    end(bob)
    assert closed(his) == 4401
    hers.send('{"type": "ping"}')
    assert json.loads(hers.recv(timeout=5)) == {"type": "pong"}


def test_a_user_has_so_many_sockets_and_not_more(listening, page, alice, bob):
    for _ in range(3):
        listening(alice)
    assert closed(page(alice).open()) == 4429
    listening(bob)


@pytest.mark.parametrize(
    ("said", "code"),
    [("{}", 4400), ("subscribe", 4400), ('{"type": "subscribe", "room": "org.x"}', 4400), ("[1]", 4400),
     (b"\x00", 4400), ('{"type": "ping"}' + " " * 1100, 1009), ("x" * 5000, 1009)],
)  # fmt: skip
def test_a_client_may_say_that_it_lives_and_nothing_else(listening, alice, said, code):
    socket = listening(alice)
    socket.send(said)
    assert closed(socket) == code
