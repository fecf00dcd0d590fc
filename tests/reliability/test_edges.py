"""Twenty at once at the edge of each limit: as many pass as have room, the others are told when to come back."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from engines.llm import Message
from engines.llm.fake import ScriptedModel
from passepartout.assistant.models import Message as Said
from passepartout.billing import counting, services
from passepartout.billing.models import UsageRow
from passepartout.billing.plans import ENTERPRISE, PLANS
from passepartout.documents.factories import indexed, sent
from passepartout.kernel.scope import scope, tenant
from passepartout.llm.paced import PacedModel, PlanSpent
from tests.answers.house import QUESTION, RULES

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20
LEFT = 2
ASKED = [Message("user", "À quelle heure ouvre la piscine ?")]


def all_at_once(work):
    """What each of AT_ONCE threads answered."""
    ready = threading.Barrier(AT_ONCE)

    def one(number):
        try:
            ready.wait(30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def level(person, resource):
    with tenant(person.organization.pk):
        return UsageRow.objects.get(resource=resource).amount


@pytest.fixture
def room(alice, monkeypatch):
    """``room("documents")`` leaves room for LEFT more of it than there is now."""

    def leave(resource, more=LEFT):
        with tenant(alice.organization.pk):
            used = counting.counted(resource)
        monkeypatch.setitem(PLANS[ENTERPRISE].limits, resource, used + more)
        return used

    return leave


def ask(client, number):
    return client.post("/api/v1/ask/", {"question": QUESTION})


def upload(client, number):
    return sent(client, f"Note {number}. La piscine ouvre.", f"{number}.txt")


def invite(client, number):
    return client.post("/api/v1/members/", {"email": f"new{number}@example.org", "role": "driver"})


def add_golden_question(client, number):
    return client.post("/api/v1/golden-questions/", {"question": f"{number} ?", "language": "fr", "expected": []})


@pytest.mark.parametrize(
    ("resource", "act"),
    [("asks_per_day", ask), ("documents", upload), ("members", invite), ("golden_questions", add_golden_question)],
)
def test_of_twenty_at_once_only_those_pass_for_whom_there_is_room(api, alice, settings, room, resource, act):
    settings.RATE_CALLER = "100000/min"
    client = api(alice)
    used = room(resource)
    answers = all_at_once(lambda number: act(client, number))
    passed = [answer for answer in answers if answer.status_code in {200, 201}]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(passed), len(refused)) == (LEFT, AT_ONCE - LEFT), {answer.status_code for answer in answers}
    for answer in refused:
        assert (answer.json()["code"], answer.json()["resource"]) == ("plan_limit", resource)
        assert (answer.json()["resets_at"] is not None) == ("Retry-After" in answer) == (resource == "asks_per_day")
    with tenant(alice.organization.pk):
        assert counting.counted(resource) == used + LEFT


def test_bytes_end_where_they_end_however_many_upload_at_once(api, alice, settings, room):
    settings.RATE_CALLER = "100000/min"
    client = api(alice)
    content = b"La piscine ouvre. "
    room("storage_bytes", LEFT * (len(content) + 2))
    answers = all_at_once(lambda number: sent(client, content + b"%02d" % number, f"{number}.txt"))
    assert sorted(answer.status_code for answer in answers) == [201] * LEFT + [429] * (AT_ONCE - LEFT)
    assert {answer.json()["resource"] for answer in answers if answer.status_code == 429} == {"storage_bytes"}


def test_a_question_that_is_refused_leaves_nothing_behind(api, alice, room):
    client = api(alice)
    indexed(client, alice, RULES)
    room("asks_per_day", 0)
    assert ask(client, 0).status_code == 429
    with tenant(alice.organization.pk):
        assert not Said.objects.exists()


@pytest.mark.parametrize("resource", ["tokens_per_day", "gpu_seconds_per_day"])
@pytest.mark.parametrize("streamed", [False, True])
def test_of_twenty_calls_of_the_model_at_once_near_the_limit_one_begins(alice, monkeypatch, resource, streamed):
    monkeypatch.setitem(PLANS[ENTERPRISE].limits, resource, 10)
    with tenant(alice.organization.pk):
        services.meter(resource, 9)
    begun, refused = threading.Semaphore(0), threading.Semaphore(0)

    class Slow(ScriptedModel):
        """Answers when all the others were refused."""

        def complete(self, *arguments):
            begun.release()
            for _ in range(AT_ONCE - 1):
                assert refused.acquire(timeout=30)
            return super().complete(*arguments)

    model = PacedModel(Slow(["Oui."] * AT_ONCE))

    async def read():
        return [delta async for delta in model.stream(ASKED)]

    def call(_):
        with scope(organization=alice.organization.pk, user=alice.user.pk):
            try:
                asyncio.run(read()) if streamed else model.complete(ASKED)
            except PlanSpent as error:
                refused.release()
                return error.retry_after
            return 0

    answers = all_at_once(call)
    if not streamed:  # a stream of the fake ends at once, so that another may have followed it
        assert answers.count(0) == 1
    assert answers.count(0) < AT_ONCE
    assert all(0 <= wait <= 86_400 for wait in answers)  # until midnight
    assert level(alice, resource) == 9, "what was put aside is given back"
