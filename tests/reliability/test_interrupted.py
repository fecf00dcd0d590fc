"""A server dies in the middle of an answer: it ends with what was kept of it, and the question is not counted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from passepartout.assistant import services
from passepartout.assistant.models import Conversation, Message
from passepartout.audit.models import AuditLog
from passepartout.billing.models import UsageRow
from passepartout.documents.factories import indexed
from passepartout.kernel.scope import tenant
from tests.answers.house import QUESTION, RULES
from tests.contracts.model_server import model_server
from tests.processes import waited_for


def answer_of(person):
    with tenant(person.organization.pk):
        return Message.objects.filter(role="assistant").order_by("-created_at").first()


def asks(person):
    with tenant(person.organization.pk):
        return sum(UsageRow.objects.filter(resource="asks_per_day").values_list("amount", flat=True))


@pytest.fixture
def at_once(settings, monkeypatch):
    settings.LLM_TIMEOUT_SECONDS = settings.GPU_WAIT_SECONDS = 0
    monkeypatch.setattr(services, "OVERHEAD_SECONDS", 0)


@pytest.fixture
def left(alice):
    """``left("text", minutes=30)``: an answer that has been on its way for so long."""

    def make(text="", minutes=30, status="streaming"):
        with tenant(alice.organization.pk, alice.user.pk):
            conversation = Conversation.objects.create(user=alice.user, title="La piscine")
            Message.objects.create(conversation=conversation, role="user", text=QUESTION)
            row = Message.objects.create(conversation=conversation, role="assistant", text=text, status=status)
            Message.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(minutes=minutes))
        return row

    return make


@pytest.mark.django_db
def test_an_answer_that_may_still_come_is_left_alone(alice, left):
    left(minutes=6)
    assert services.end_interrupted() == 0
    assert answer_of(alice).status == "streaming"


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["complete", "stopped", "interrupted"])
def test_an_answer_that_has_ended_is_left_alone(alice, left, status):
    left("La piscine ouvre.", minutes=600, status=status)
    assert services.end_interrupted() == 0
    assert answer_of(alice).text == "La piscine ouvre."


@pytest.mark.django_db
def test_what_had_been_kept_stays_without_labels_and_marked_as_carried_by_nothing(api, alice, charlie, left):
    left("La piscine ouvre à huit heures [DOC:0192f0c1-1]. Elle est")
    assert services.end_interrupted() == 1
    assert services.end_interrupted() == 0
    conversation = api(alice).get("/api/v1/conversations/").json()["results"][0]["id"]
    messages = api(alice).get(f"/api/v1/conversations/{conversation}/messages/").json()
    (shown,) = (message for message in messages if message["role"] == "assistant")
    assert (shown["status"], shown["text"]) == ("interrupted", "La piscine ouvre à huit heures. Elle est")
    assert [each["grounded"] for each in shown["sentences"]] == [False, False]
    assert shown["citations"] == []
    assert api(charlie).get("/api/v1/conversations/").json()["results"] == []
    with tenant(alice.organization.pk):
        line = AuditLog.objects.get(action_type="ask.interrupted")
    assert "piscine" not in str(line.detail)


@pytest.mark.django_db
def test_an_answer_that_comes_late_all_the_same_takes_its_place(api, alice, monkeypatch, at_once):
    indexed(api(alice), alice, RULES)
    close = services.close_question

    def swept_before(*arguments):
        assert services.end_interrupted() == 1
        return close(*arguments)

    monkeypatch.setattr(services, "close_question", swept_before)
    assert api(alice).post("/api/v1/ask/", {"question": QUESTION}).status_code == 200
    assert answer_of(alice).status == "complete"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_web_process_killed_while_it_streams_leaves_what_it_had_shown(platform, api, alice, at_once):
    indexed(api(alice), alice, RULES)
    with model_server() as server:
        running = platform(LLM_URL=server.url, LLM_MODEL="hang-in-the-middle", LLM_KIND="vllm")
        running.start("web")
        with (
            running.signed_in(alice.email) as client,
            client.stream("POST", "ask/stream/", json={"question": QUESTION}) as answer,
        ):
            assert answer.status_code == 200
            waited_for(lambda: answer_of(alice) and answer_of(alice).text, seconds=20)
            running.kill("web")
    assert (answer_of(alice).status, asks(alice)) == ("streaming", 1)
    assert services.end_interrupted() == 1
    message = answer_of(alice)
    assert (message.status, message.text, asks(alice)) == ("interrupted", "Le loyer", 0)
