"""Things are kept for as long as their rule says, in each organization by its own choice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from passepartout.assistant.models import Conversation, Message
from passepartout.documents.factories import document_row
from passepartout.documents.models import Document
from passepartout.kernel import retention
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant
from passepartout.llm.models import LlmJob
from passepartout.notifications.models import Notification
from passepartout.privacy import retaining
from passepartout.proposals.models import Proposal

pytestmark = pytest.mark.django_db
URL = "/api/v1/retention/"
NAMES = ["conversations", "deleted_documents", "exports", "llm_jobs", "notifications", "proposals"]


def aged(model, days, **which):
    moment = timezone.now() - timedelta(days=days)
    field = {"Conversation": "updated_at", "Document": "deleted_at"}.get(model.__name__, "created_at")
    model.objects.filter(**which).update(**{field: moment})


def planted(person, days):
    """One of each, so many days old."""
    with tenant(person.organization.pk, person.user.pk):
        conversation = Conversation.objects.create(user=person.user, title="La mirabelle")
        Message.objects.create(conversation=conversation, role="user", text="La mirabelle ?")
        job = LlmJob.objects.create(purpose="ask", engine="model", prompt="mirabelle", result="mirabelle",
                                    status="succeeded", tokens_in=7)  # fmt: skip
        row = Notification.objects.create(user=person.user, kind="x", event_id=new_id(), subject_id=new_id())
        proposal = Proposal.objects.create(requester=person.user.pk, kind="read", status="executed", source="person",
                                           proposed_sql="SELECT 1", result={"rows": [["mirabelle"]]})  # fmt: skip
        document = document_row(uploader=person.user, status="deleted", deleted_at=timezone.now())
        for each in (conversation, job, row, proposal, document):
            aged(type(each), days, pk=each.pk)


def counted(person):
    """How many of each are still there, or still say something."""
    with tenant(person.organization.pk, person.user.pk):
        return [
            Conversation.objects.count(),
            LlmJob.objects.filter(erased_at=None).count(),
            Notification.objects.count(),
            Proposal.objects.exclude(proposed_sql="").count(),
            Document.objects.count(),
        ]


def test_nothing_goes_before_its_time(alice):
    planted(alice, 29)
    assert retaining.retain_all() == 0
    assert counted(alice) == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("days", "left"),
    [(31, [1, 1, 1, 1, 0]), (91, [1, 1, 0, 1, 0]), (366, [1, 0, 0, 0, 0]), (731, [0, 0, 0, 0, 0])],
)
def test_each_goes_when_its_time_has_come(alice, days, left):
    planted(alice, days)
    assert retaining.retain_all() == 5 - sum(left)
    assert counted(alice) == left
    assert retaining.retain_all() == 0


def test_what_a_call_cost_stays_when_its_words_go(alice):
    planted(alice, 800)
    retaining.retain_all()
    with tenant(alice.organization.pk):
        job = LlmJob.objects.get()
        assert (job.prompt, job.result, job.tokens_in, job.engine) == ("", "", 7, "model")
        assert Proposal.objects.get().result is None


def test_notifications_of_every_reader_go(alice, bob):
    planted(bob, 91)
    planted(alice, 91)
    retaining.retain_all()
    assert (counted(alice)[2], counted(bob)[2]) == (0, 0)


def test_an_organization_chooses_for_itself_alone(api, alice, charlie):
    planted(alice, 31)
    planted(charlie, 31)
    answer = api(alice).put(URL, {"rules": {"deleted_documents": 60, "notifications": 30}})
    assert answer.status_code == 200, answer.content
    retaining.retain_all()
    assert counted(alice) == [1, 1, 0, 1, 1]
    assert counted(charlie) == [1, 1, 1, 1, 0]


def test_choices_are_shown_with_the_defaults_and_can_be_taken_back(api, alice):
    client = api(alice)
    assert [row["name"] for row in client.get(URL).json()] == NAMES
    client.put(URL, {"rules": {"notifications": 10}})
    row = next(row for row in client.get(URL).json() if row["name"] == "notifications")
    assert (row["days"], row["default"], row["chosen"]) == (10, 90, True)
    client.put(URL, {"rules": {"notifications": None}})
    row = next(row for row in client.get(URL).json() if row["name"] == "notifications")
    assert (row["days"], row["chosen"]) == (90, False)


@pytest.mark.parametrize(
    "rules", [{}, {"audit_logs": 10}, {"notifications": 0}, {"notifications": -1}, {"notifications": 99999},
              {"exports": 365}, {"notifications": "soon"}]
)  # fmt: skip
def test_a_choice_that_is_none_is_refused_whole(api, alice, rules):
    assert api(alice).put(URL, {"rules": {"conversations": 100, **rules} if rules else {}}).status_code == 422
    assert [row["chosen"] for row in api(alice).get(URL).json()] == [False] * len(NAMES)


def test_it_works_in_bounded_batches_and_goes_on_in_the_next_run(alice, monkeypatch):
    monkeypatch.setattr(retaining, "BATCH", 2)
    monkeypatch.setattr(retaining, "MOST_BATCHES", 2)
    for _ in range(5):
        planted(alice, 91)
    assert retaining.retain_all() == 4 + 4
    assert counted(alice) == [5, 5, 1, 5, 1]
    assert retaining.retain_all() == 2
    assert counted(alice) == [5, 5, 0, 5, 0]


def test_one_rule_that_fails_does_not_stop_the_others(alice, charlie, monkeypatch):
    def broken(before, limit):
        raise RuntimeError

    rule = retention._rules["conversations"]
    monkeypatch.setitem(retention._rules, "conversations", retention.Rule(rule.name, rule.default, broken))
    planted(alice, 800)
    planted(charlie, 800)
    with pytest.raises(RuntimeError):
        retaining.retain_all()
    assert counted(alice) == counted(charlie) == [1, 0, 0, 0, 0]


def test_what_was_erased_is_counted_in_the_audit_log_and_not_named(api, alice):
    planted(alice, 800)
    retaining.retain_all()
    lines = api(alice).get("/api/v1/audit/?action=retention.applied").json()["results"]
    assert {line["detail"]["rule"]: line["detail"]["count"] for line in lines} == {
        "conversations": 1, "deleted_documents": 1, "llm_jobs": 1, "notifications": 1, "proposals": 1,
    }  # fmt: skip
    assert "mirabelle" not in str(lines)


def test_a_choice_is_an_audit_line(api, alice):
    api(alice).put(URL, {"rules": {"notifications": 10}})
    line = api(alice).get("/api/v1/audit/?action=retention.changed").json()["results"][0]
    assert line["detail"] == {"days": {"notifications": 10}}
