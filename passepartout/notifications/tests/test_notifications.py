"""Notifications: made of events, for their reader alone."""

import pytest
from django.core import mail
from django.utils import timezone

from passepartout.documents.factories import indexed, uploaded, work
from passepartout.documents.models import Document
from passepartout.kernel import events
from passepartout.kernel.scope import tenant
from passepartout.lifecycle import services as outbox
from passepartout.lifecycle.models import Delivery, OutboxEvent
from passepartout.notifications import services
from passepartout.notifications.kinds import KINDS
from passepartout.notifications.models import Notification, Preference
from passepartout.tenancy.models import Membership

pytestmark = pytest.mark.django_db
URL = "/api/v1/notifications/"
TEXT = "Le portail ouvre à huit heures."


@pytest.fixture(autouse=True)
def _no_other_subscribers(monkeypatch):
    """The other subscribers are tested elsewhere."""
    monkeypatch.setattr(events, "_subscribers", {"notifications": events.subscriber("notifications")})


def delivered(person):
    outbox.dispatch(person.organization.pk)


def listed(client, **query):
    return client.get(URL, query).json()["results"]


def unread(client):
    return client.get(f"{URL}unread/").json()["unread"]


def own(person, model=Notification):
    with tenant(person.organization.pk, person.user.pk):
        return list(model.objects.all())


def test_charlie_and_bob_see_nothing_of_alices(api, alice, bob, charlie):
    ident = indexed(api(alice), alice, TEXT)
    delivered(alice)
    (row,) = listed(api(alice))
    assert (row["kind"], row["subject_id"], row["title"]) == ("document.indexed", ident, "contrat")
    assert row["read_at"] is None
    for other in (bob, charlie):
        client = api(other)
        assert (listed(client), unread(client)) == ([], 0)
        assert client.post(f"{URL}{row['id']}/read/").status_code == 404
        client.delete(f"{URL}unread/")
        client.patch(f"{URL}preferences/", {"kind": "document.indexed", "in_app": False})
    assert unread(api(alice)) == 1
    assert own(alice, Preference) == []


def test_the_database_itself_shows_a_notification_to_its_reader_alone(api, alice, bob):
    indexed(api(alice), alice, TEXT)
    delivered(alice)
    assert len(own(alice)) == 1
    assert own(bob) == []
    with tenant(alice.organization.pk):
        assert Notification.objects.count() == 0


def test_a_key_has_no_notifications(api, alice):
    body = {"name": "n8n", "scopes": ["documents:read"], "expires_at": f"{timezone.now().year + 1}-01-01T00:00:00Z"}
    key = api(alice).post("/api/v1/api-keys/", body).json()["key"]
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    answer = client.get(URL)
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


def test_a_file_that_was_refused_is_told_to_its_uploader(api, alice):
    uploaded(api(alice), "  \n \n", "vide.txt")
    work(alice.organization)
    delivered(alice)
    assert [row["kind"] for row in listed(api(alice))] == ["document.rejected"]


def test_an_event_told_twice_is_one_notification(api, alice):
    indexed(api(alice), alice, TEXT)
    delivered(alice)
    with tenant(alice.organization.pk, alice.user.pk):
        Delivery.objects.filter(subscriber="notifications").update(state="waiting", attempt=0)
    delivered(alice)
    assert len(own(alice)) == 1


def test_reading_one_and_all(api, alice):
    client = api(alice)
    for number in range(3):
        indexed(client, alice, f"{TEXT} {number}", f"{number}.txt")
    delivered(alice)
    first = listed(client)[0]["id"]
    assert client.post(f"{URL}{first}/read/").json()["read_at"]
    assert unread(client) == 2
    assert len(listed(client, unread="true")) == 2
    assert client.delete(f"{URL}unread/").json() == {"unread": 0}
    assert (unread(client), len(listed(client))) == (0, 3)


def test_the_title_is_shown_only_while_the_reader_may_see_the_document(api, alice, bob):
    ident = indexed(api(bob), bob, TEXT, visibility="organization")
    delivered(bob)
    with tenant(bob.organization.pk):
        Document.objects.filter(pk=ident).update(visibility="private", uploader=alice.user)
    (row,) = listed(api(bob))
    assert (row["title"], row["subject_id"]) == ("", ident)


def test_somebody_who_left_is_told_nothing(api, alice, bob):
    uploaded(api(bob), TEXT)
    with tenant(bob.organization.pk, bob.user.pk):
        Membership.objects.filter(user=bob.user).update(active=False)
    work(bob.organization)
    delivered(bob)
    assert own(bob) == []


def test_a_new_notification_is_an_event_for_its_reader_alone(api, alice):
    indexed(api(alice), alice, TEXT)
    delivered(alice)
    with tenant(alice.organization.pk, alice.user.pk):
        event = OutboxEvent.objects.get(kind="notification.created")
    assert event.payload["audience"] == {"resource": "", "users": [str(alice.user.pk)], "client": None}


def test_the_defaults_are_in_the_product_and_not_by_mail(api, alice):
    preferences = api(alice).get(f"{URL}preferences/").json()
    assert {row["kind"]: (row["in_app"], row["email"]) for row in preferences} == dict.fromkeys(KINDS, (True, False))


def test_an_unknown_kind_cannot_be_chosen(api, alice):
    assert api(alice).patch(f"{URL}preferences/", {"kind": "document", "email": True}).status_code == 422


def test_who_wants_nothing_is_told_nothing(api, alice):
    client = api(alice)
    client.patch(f"{URL}preferences/", {"kind": "document.indexed", "in_app": False})
    indexed(client, alice, TEXT)
    delivered(alice)
    assert own(alice) == []


@pytest.mark.parametrize(
    ("locale", "subject"),
    [("fr", "Passepartout : du nouveau pour vous"), ("en", "Passepartout: there is news for you")],
)
def test_a_mail_speaks_the_readers_language_and_holds_a_link_and_nothing_else(api, alice, locale, subject, settings):
    alice.user.locale = locale
    alice.user.save(update_fields=["locale"])
    client = api(alice)
    client.patch(f"{URL}preferences/", {"kind": "document.indexed", "email": True})
    indexed(client, alice, "Mme Durand habite rue des Lilas.", "Durand.txt")
    delivered(alice)
    assert work(alice.organization) == 1
    (letter,) = mail.outbox
    assert (letter.subject, letter.to) == (subject, [alice.email])
    assert f"{settings.PUBLIC_URL}/" in letter.body
    assert not any(word in letter.body for word in ("Durand", "Lilas", "Parc"))
    assert own(alice)[0].mailed_at is not None


def test_a_mail_server_that_is_away_is_tried_again_and_one_mail_is_sent(api, alice, monkeypatch):
    client = api(alice)
    client.patch(f"{URL}preferences/", {"kind": "document.indexed", "in_app": False, "email": True})
    indexed(client, alice, TEXT)
    delivered(alice)

    def away(*words):
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(services, "send_mail", away)
        work(alice.organization)
    assert mail.outbox == []
    work(alice.organization)
    work(alice.organization)
    assert len(mail.outbox) == 1
    assert listed(client) == [], "in the list only if wished there"
