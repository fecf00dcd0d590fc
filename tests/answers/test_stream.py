"""POST /api/v1/ask/stream/: events as the model writes, stopped within a second, nothing lost by whoever leaves."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from engines.accelerator.turns import Turns
from engines.llm import Delta
from engines.llm.errors import ModelTimeout, StreamCut
from engines.llm.fake import CutAfter, ScriptedModel
from engines.llm.leased import LeasedModel
from passepartout.assistant import answering, live, streaming
from passepartout.assistant.models import Message
from passepartout.billing.plans import FREE
from passepartout.billing.services import set_plan
from passepartout.documents.factories import indexed
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import current_organization, tenant
from passepartout.llm.models import LlmJob
from passepartout.llm.paced import PacedModel
from tests.answers.asgi import Answer, posted, streamed
from tests.answers.house import QUESTION, RULES, TRUE
from tests.leases import taken

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/ask/stream/"


@dataclass
class SlowModel(ScriptedModel):
    """Says a word, then one more each ``pause`` seconds, for ever. ``said_at``: when it said its first word."""

    pause: float = 0.05
    said_at: float = 0.0
    closed_at: float = 0.0
    first: list[str] = field(default_factory=lambda: [TRUE])

    async def stream(self, messages: Any, parameters: Any = None) -> AsyncGenerator[Delta, None]:
        try:
            self.said_at = time.monotonic()
            for piece in self.first:
                yield Delta(piece)
            while True:
                await asyncio.sleep(self.pause)
                yield Delta(" encore")
        finally:
            self.closed_at = time.monotonic()


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def bearer(client):
    return client._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")


@pytest.fixture
def rules(client, alice):
    return indexed(client, alice, RULES, "règlement.txt")


@pytest.fixture
def speaks(monkeypatch):
    def put(model):
        monkeypatch.setattr(answering, "language_model", lambda: model)
        return model

    return put


def kept(person):
    with tenant(person.organization.pk):
        return Message.objects.filter(role="assistant").order_by("-created_at").first()


def kept_when_over(person, seconds=5.0):
    deadline = time.monotonic() + seconds
    while kept(person).status == "streaming" and time.monotonic() < deadline:
        time.sleep(0.02)
    return kept(person)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": ""}, 422, "invalid"),
        ({"question": "?!"}, 422, "question_empty"),
        ({"question": QUESTION, "conversation": "0192f0c1-0000-7000-8000-000000000000"}, 404, "not_found"),
        ({"question": QUESTION, "document_ids": ["0192f0c1-0000-7000-8000-000000000000"]}, 404, "not_found"),
    ],
)
def test_what_is_wrong_is_a_problem_before_the_first_event(bearer, alice, body, status, code):
    answer, _ = streamed(URL, body, bearer)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(answer.body)["code"] == code
    assert kept(alice) is None


def test_nobody_and_who_may_not_ask_get_a_problem_even_when_they_accept_events_alone(bearer):
    async def ask(token):
        async with posted(URL, {"question": QUESTION}, token, accept="text/event-stream") as answer:
            await answer.all()
            return answer

    assert asyncio.run(ask("x")).status == 401
    assert asyncio.run(ask(bearer)).status == 200


def test_without_a_model_the_documents_sentences_stream_too(bearer, alice, rules):
    answer, sent = streamed(URL, {"question": QUESTION}, bearer)
    assert [each.event for each in sent] == ["sources", "delta", "final"]
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["cache-control"] == "no-store"
    final = sent[-1].data
    assert (final["engine"], sent[1].data["text"]) == ("extractive", final["answer"])
    assert (kept(alice).text, kept(alice).status) == (final["answer"], "complete")


def test_words_come_as_they_are_written_and_the_end_is_the_checked_answer(bearer, alice, rules, speaks):
    speaks(ScriptedModel([f"{TRUE} Voir [ici](https://evil.example/?q=1) <SQL>SELECT 1</SQL>[DOC:8-8]."]))
    _, sent = streamed(URL, {"question": QUESTION}, bearer)
    assert sent[0].event == "sources"
    assert sent[0].data["sources"][0]["document"] == rules
    said = "".join(each.data["text"] for each in sent if each.event == "delta")
    assert said.startswith("La piscine ouvre à 8 h et ferme à 20 h [DOC:")
    assert not any(word in said for word in ("evil", "SELECT", "8-8"))
    final = sent[-1]
    assert (final.event, final.data["engine"], final.data["message"]) == ("final", "model", sent[0].data["message"])
    assert [each["grounded"] for each in final.data["sentences"]] == [True, False]
    assert kept(alice).sentences == final.data["sentences"]


def test_while_the_model_waits_for_the_gpu_the_stream_says_where_and_for_whose_share(
    bearer, alice, rules, speaks, leases
):
    owners = []

    def owner():
        owners.append(str(current_organization()))
        return owners[-1]

    speaks(LeasedModel(ScriptedModel([TRUE]), Turns(leases, "language model", patience=5.0), owner=owner))
    other = taken(leases, "speech")
    timer = threading.Timer(0.6, leases.release, [other.claim])
    timer.start()
    _, sent = streamed(URL, {"question": QUESTION}, bearer)
    timer.join()
    assert [each.event for each in sent][:3] == ["sources", "waiting", "delta"]
    assert (sent[1].data["position"], sent[1].data["holder"]) == (1, "speech")
    assert sent[1].data["eta_seconds"] > 0
    assert sent[-1].data["engine"] == "model"
    assert owners == [str(alice.organization.pk)]


def test_a_plan_that_paces_the_model_paces_its_streams_too(bearer, alice, rules, speaks):
    set_plan(alice.organization.pk, FREE)
    model = speaks(PacedModel(ScriptedModel([TRUE] * 20)))
    reasons = [streamed(URL, {"question": QUESTION}, bearer)[1][-1].data["fallback_reason"] for _ in range(7)]
    assert reasons[0] == ""
    assert reasons[-1] == "plan_throttled"
    assert model is not None


@pytest.mark.parametrize("failure", [ModelTimeout("late"), CutAfter("La piscine ouvre à neuf", StreamCut("cut"))])
def test_a_model_that_fails_in_the_middle_is_replaced_by_the_documents(bearer, alice, rules, speaks, failure):
    speaks(ScriptedModel([failure]))
    _, sent = streamed(URL, {"question": QUESTION}, bearer)
    deltas = [each.data for each in sent if each.event == "delta"]
    assert deltas[-1]["replace"] is isinstance(failure, CutAfter)
    assert deltas[-1]["text"] == sent[-1].data["answer"]
    assert sent[-1].data["fallback_reason"] in {"model_timeout", "model_stream_cut"}


def test_the_first_word_is_sent_within_a_tenth_of_a_second_of_the_models(bearer, rules, speaks):
    model = speaks(SlowModel(pause=0.5))

    async def first_word():
        async with posted(URL, {"question": QUESTION}, bearer) as answer:
            async for sent in answer.events():
                if sent.event == "delta":
                    answer.leave()
                    return answer.started + sent.at - model.said_at

    assert asyncio.run(first_word()) < 0.1


def test_who_leaves_frees_the_model_within_a_second_and_what_was_said_is_kept_as_stopped(bearer, alice, rules, speaks):
    model = speaks(SlowModel())

    async def leave():
        async with posted(URL, {"question": QUESTION}, bearer) as answer:
            async for sent in answer.events():
                if sent.event == "delta" and "encore" in sent.data["text"]:
                    answer.leave()
                    left = time.monotonic()
                    break
        while not model.closed_at and time.monotonic() < left + 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        return left

    left = asyncio.run(leave())
    assert 0 < model.closed_at - left < 1
    message = kept_when_over(alice)
    assert (message.status, message.engine) == ("stopped", "model")
    assert message.text.startswith("La piscine ouvre à 8 h et ferme à 20 h")
    with tenant(alice.organization.pk):
        assert LlmJob.objects.get().status == "stopped"


@pytest.mark.parametrize("elsewhere", [False, True], ids=["in this process", "through another process"])
def test_stop_frees_the_model_within_a_second_and_tells_the_reader(bearer, alice, rules, speaks, elsewhere):
    model = speaks(SlowModel())

    async def stop():
        async with posted(URL, {"question": QUESTION}, bearer) as answer:
            sent, at = [], 0.0
            async for each in answer.events():
                sent.append(each)
                if each.event == "delta" and not at:
                    at = time.monotonic()
                    ident = sent[0].data["message"]
                    if elsewhere:
                        cache.set(f"ask:stop:{ident}", 1, timeout=60)
                    else:
                        async with posted(f"/api/v1/ask/{ident}/stop/", {}, bearer) as stopping:
                            await stopping.all()
                            assert stopping.status == 204
            return at, sent

    at, sent = asyncio.run(stop())
    assert 0 < model.closed_at - at < 1
    assert (sent[-1].event, sent[-1].data["stopped"], sent[-1].data["engine"]) == ("final", True, "model")
    assert kept(alice).status == "stopped"


def test_another_users_answer_is_not_stopped(api, bob, bearer, alice, rules, speaks):
    model = speaks(SlowModel())
    bobs = api(bob)._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")

    async def meddle():
        async with posted(URL, {"question": QUESTION}, bearer) as answer:
            async for each in answer.events():
                if each.event == "sources":
                    async with posted(f"/api/v1/ask/{each.data['message']}/stop/", {}, bobs) as stopping:
                        await stopping.all()
                    await asyncio.sleep(0.6)
                    freed = model.closed_at
                    answer.leave()
                    return stopping.status, freed

    assert asyncio.run(meddle()) == (404, 0.0)


def test_a_silent_model_is_bridged_by_pings(bearer, rules, speaks, monkeypatch):
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    speaks(SlowModel(first=[], pause=0.3))

    async def wait():
        async with posted(URL, {"question": QUESTION}, bearer) as answer:
            seen = []
            async for each in answer.events():
                seen.append(each.event)
                if each.event == "delta":
                    answer.leave()
                    return seen

    assert asyncio.run(wait()).count("ping") >= 2


@pytest.mark.parametrize("turns", range(6))
def test_leaving_is_heard_even_in_the_moment_between_a_word_and_its_taking(turns):
    async def leave():
        waiting = live.Live(new_id())
        reader = asyncio.create_task(waiting.news(30))
        await asyncio.sleep(0.01)
        waiting.say("mot")
        for _ in range(turns):
            await asyncio.sleep(0)
        if reader.done():
            return True
        reader.cancel()
        await asyncio.wait({reader}, timeout=1)
        return reader.cancelled()

    assert asyncio.run(leave())


def test_a_reader_who_stops_reading_and_then_leaves_frees_the_model_too(bearer, rules, speaks, monkeypatch):
    """The connection is full: the words wait in `send`, which is where leaving is heard then."""
    model, take = speaks(SlowModel()), Answer.take

    async def full(answer, message):
        await take(answer, message)
        if b"encore" in message.get("body", b""):
            await asyncio.Event().wait()

    monkeypatch.setattr(Answer, "take", full)

    async def leave():
        async with posted(URL, {"question": QUESTION}, bearer) as answer:
            async for each in answer.events():
                if each.event == "delta" and "encore" in each.data["text"]:
                    answer.leave()
                    return time.monotonic()

    left = asyncio.run(asyncio.wait_for(leave(), 20))
    assert 0 < model.closed_at - left < 1


def test_a_slow_reader_holds_neither_the_model_nor_memory():
    waiting = live.Live(new_id())
    for _ in range(1_000):
        waiting.say("mot ")
    waiting.end("final", {})
    assert [name for name, _ in waiting.take()] == ["delta", "final"]


def test_an_answer_that_cannot_be_kept_ends_with_a_problem(bearer, rules, speaks, monkeypatch):
    def down(*args):
        raise OperationalError("gone")

    monkeypatch.setattr(streaming, "close_question", down)
    _, sent = streamed(URL, {"question": QUESTION}, bearer)
    assert (sent[-1].event, sent[-1].data["code"], sent[-1].data["status"]) == ("error", "unavailable", 503)


def test_a_bug_ends_the_stream_with_a_problem_too(bearer, rules, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(streaming, "close_question", broken)
    _, sent = streamed(URL, {"question": QUESTION}, bearer)
    assert (sent[-1].event, sent[-1].data["code"]) == ("error", "unavailable")


def connections():
    """To this database, ours included; asked from a thread, which gives its own back."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_no_connection_to_the_database_is_held_while_an_answer_streams(bearer, rules, speaks):
    speaks(SlowModel())
    before = connections()

    async def one(begun, left):
        async with posted(URL, {"question": QUESTION}, bearer) as answer:
            async for each in answer.events():
                if each.event == "delta":
                    begun.release()
                    await left.wait()
                    answer.leave()
                    return

    async def many():
        begun, left = asyncio.Semaphore(0), asyncio.Event()
        tasks = [asyncio.create_task(one(begun, left)) for _ in range(8)]
        for _ in tasks:
            await begun.acquire()
        held = await asyncio.to_thread(connections)
        left.set()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.5)
        return held

    assert asyncio.run(many()) <= before + 2
