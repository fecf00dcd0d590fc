"""Proposals: who may decide is told that one waits, who asked is told what became of it, each in their own language."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from passepartout.documents.factories import document_row, work
from passepartout.kernel import events
from passepartout.kernel.scope import tenant
from passepartout.lifecycle import services as outbox
from passepartout.notifications.models import Notification
from passepartout.proposals import services as proposals
from passepartout.proposals.models import Proposal, SqlPolicy
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Membership, Role

pytestmark = pytest.mark.django_db(transaction=True)
URL, PROPOSALS = "/api/v1/notifications/", "/api/v1/proposals/"
COUNT = "SELECT count(*) AS n FROM documents"


@pytest.fixture(autouse=True)
def _no_other_subscribers(monkeypatch):
    monkeypatch.setattr(events, "_subscribers", {"notifications": events.subscriber("notifications")})


@pytest.fixture
def bail(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        return document_row(title="Bail", status="indexed", pages=2)


@pytest.fixture
def second(alice):
    """Another administrator, who reads English."""
    person = colleague(alice, "second@example.org", Role.ORG_ADMIN)
    person.user.locale = "en"
    person.user.save(update_fields=["locale"])
    return person


def propose(client, sql=COUNT):
    answer = client.post(PROPOSALS, {"sql": sql})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def act(client, ident, action, **body):
    answer = client.post(f"{PROPOSALS}{ident}/actions/{action}/", body)
    assert answer.status_code == 200, answer.content


def told(api, person):
    outbox.dispatch(person.organization.pk)
    return [(row["kind"], row["subject_id"]) for row in api(person).get(URL).json()["results"]]


def test_charlie_and_who_may_not_decide_are_told_nothing(api, alice, bob, charlie, bail):
    driver = colleague(alice, "driver@example.org", Role.DRIVER)
    propose(api(alice))
    assert told(api, bob)
    for other in (charlie, driver, alice):
        assert told(api, other) == []


def test_a_change_is_shown_to_other_administrators_alone(api, alice, bob, second, bail):
    ident = propose(api(alice), f"UPDATE documents SET title = 'Bail signé' WHERE id = '{bail.pk}'")
    assert told(api, bob) == told(api, alice) == []
    assert told(api, second) == [("proposal.needs_approval", ident)]


def test_what_is_refused_or_runs_at_once_waits_for_nobody(api, alice, bob, bail):
    propose(api(alice), "DROP TABLE documents")
    with tenant(alice.organization.pk):
        SqlPolicy.objects.create(reads_at_once=[Role.ORG_ADMIN])
    ident = propose(api(alice))
    assert told(api, bob) == []
    assert told(api, alice) == [("proposal.executed", ident)]


def test_somebody_who_left_is_not_asked_to_decide(api, alice, bob, bail):
    with tenant(bob.organization.pk, bob.user.pk):
        Membership.objects.filter(user=bob.user).update(active=False)
    propose(api(alice))
    outbox.dispatch(alice.organization.pk)
    with tenant(alice.organization.pk, bob.user.pk):
        assert Notification.objects.count() == 0


def test_who_asked_is_told_of_the_approval_and_of_the_result(api, alice, bob, bail):
    ident = propose(api(alice))
    act(api(bob), ident, "approve")
    assert told(api, alice) == [("proposal.approved", ident)]
    assert told(api, bob) == [], "it was decided before the event came"
    act(api(alice), ident, "execute")
    assert told(api, alice) == [("proposal.executed", ident), ("proposal.approved", ident)]


def test_who_asked_is_told_of_a_rejection_an_end_in_time_and_a_failure_and_not_of_taking_it_back(api, alice, bob, bail):
    rejected, late, lost, back = (propose(api(alice)) for _ in range(4))
    act(api(bob), rejected, "reject", comment="trop large")
    act(api(alice), back, "cancel")
    past = timezone.now() - timedelta(hours=1)
    with tenant(alice.organization.pk):
        Proposal.objects.filter(pk=late).update(expires_at=past)
        Proposal.objects.filter(pk=lost).update(status="executing", started_at=past)
    proposals.settle_all()
    assert set(told(api, alice)) == {
        ("proposal.rejected", rejected), ("proposal.expired", late), ("proposal.failed", lost),
    }  # fmt: skip


def test_a_change_whose_rows_moved_on_asks_again(api, alice, second, bail):
    ident = propose(api(alice), f"UPDATE documents SET title = 'Bail signé' WHERE id = '{bail.pk}'")
    act(api(second), ident, "approve")
    with tenant(alice.organization.pk):
        type(bail).objects.filter(pk=bail.pk).update(title="Bail 2")
    act(api(alice), ident, "execute")
    assert told(api, second) == [("proposal.needs_approval", ident)] * 2


def test_each_reads_it_in_their_language_with_what_the_proposal_does(api, alice, bob, second, bail):
    propose(api(alice))
    outbox.dispatch(alice.organization.pk)
    (french,), (english,) = (api(person).get(URL).json()["results"] for person in (bob, second))
    assert french["text"] == "Une proposition attend votre décision."
    assert french["title"].startswith("Lit les documents")
    assert english["text"] == "A proposal waits for your decision."
    assert english["title"].startswith("Reads the documents")


def test_who_wishes_so_gets_a_mail_that_repeats_nothing_of_it(api, alice, bob, bail):
    api(bob).patch(f"{URL}preferences/", {"kind": "proposal.needs_approval", "email": True})
    propose(api(alice), "SELECT title FROM documents WHERE title = 'Durand'")
    outbox.dispatch(alice.organization.pk)
    work(alice.organization)
    (letter,) = mail.outbox
    assert letter.to == [bob.email]
    assert "Durand" not in letter.body
