"""Golden questions: asked through the production path, compared, and in the way of what answers worse."""

import time
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from engines.errors import EngineUnavailable
from engines.llm.fake import ScriptedModel
from passepartout.assistant import answering
from passepartout.audit.models import AuditLog
from passepartout.billing.models import UsageRow
from passepartout.billing.pacing import paced_call
from passepartout.billing.plans import FREE, PLANS
from passepartout.billing.services import meter, set_plan
from passepartout.documents import retrieval
from passepartout.documents.factories import indexed, work
from passepartout.documents.models import ChunkWindow, Posting
from passepartout.evaluation import services
from passepartout.evaluation.models import GoldenQuestion, GoldenRun
from passepartout.evaluation.services import Change, guard_change
from passepartout.kernel.errors import Conflict, LimitReached
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import scope, tenant
from passepartout.llm.models import LlmJob
from passepartout.llm.paced import PacedModel
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.selectors import caller_in

pytestmark = pytest.mark.django_db
QUESTIONS, RUNS = "/api/v1/golden-questions/", "/api/v1/golden-runs/"
LEASE = "Le dépôt de garantie est de 850 euros. Il est rendu un mois après la remise des clés."
PETS = "Les animaux sont acceptés dans la villa. Un supplément de ménage de 40 euros est demandé."
CHANGE = Change("prompt", "chat", "sha256:abc")


@pytest.fixture
def documents(api, alice):
    client = api(alice)
    return indexed(client, alice, LEASE, "bail.txt"), indexed(client, alice, PETS, "animaux.txt")


@pytest.fixture
def golden(api, alice, documents):
    """Two questions that can be answered and one that cannot."""
    lease, pets = documents
    wanted = [
        ("Quel est le montant du dépôt de garantie ?", [{"document": lease, "page": 1, "words": "850 euros"}]),
        ("Les animaux sont-ils acceptés dans la villa ?", [{"document": pets}]),
        ("Quelle est la capitale de la Mongolie ?", []),
    ]
    for question, expected in wanted:
        answer = api(alice).post(QUESTIONS, {"question": question, "language": "fr", "expected": expected})
        assert answer.status_code == 201, answer.content


def caller(person):
    return caller_in(person.user.pk, person.organization.pk)


def finished_run(client, person):
    ident = client.post(RUNS).json()["id"]
    work(person.organization)
    return client.get(f"{RUNS}{ident}/").json()


def act(client, run, action, **body):
    return client.post(f"{RUNS}{run}/actions/{action}/", body)


def guarded(person, change=CHANGE):
    with scope(organization=person.organization.pk, user=person.user.pk):
        return guard_change(caller(person), change)


def actions_audited(person):
    with tenant(person.organization.pk):
        return list(AuditLog.objects.filter(action_type__startswith="golden.").values_list("action_type", flat=True))


class Nothing:
    """An answerer that never knows."""

    citations: list[dict] = []
    unknown, engine, model = True, "mute", ""


# What must not happen


@pytest.mark.parametrize(
    "change",
    [
        {"question": ""},
        {"question": "x" * 2001},
        {"language": "de"},
        {"expected": [{"document": "x"}]},
        {"expected": [{"document": str(new_id())}] * 21},
        {"expected": None},
    ],
)
def test_what_is_no_question_is_refused(api, alice, change):
    body = {"question": "Quand ?", "language": "fr", "expected": [], **change}
    assert api(alice).post(QUESTIONS, body).status_code == 422
    with tenant(alice.organization.pk):
        assert GoldenQuestion.objects.count() == 0


def test_a_document_that_one_may_not_see_cannot_be_expected(api, alice, bob):
    private = indexed(api(bob), bob, LEASE, visibility="private")
    body = {"question": "Quand ?", "language": "fr", "expected": [{"document": private}]}
    assert api(alice).post(QUESTIONS, body).status_code == 404


def test_without_questions_there_is_no_run(api, alice):
    answer = api(alice).post(RUNS)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_golden_questions")


def test_a_manager_runs_and_does_not_accept(api, alice, bob, golden):
    run = finished_run(api(bob), bob)
    assert run["status"] == "finished"
    assert act(api(bob), run["id"], "accept").status_code == 403
    assert act(api(alice), run["id"], "accept").status_code == 200


def test_a_run_is_accepted_once_and_only_when_it_is_finished(api, alice, golden):
    client = api(alice)
    waiting = client.post(RUNS).json()["id"]
    assert act(client, waiting, "accept").status_code == 409
    work(alice.organization)
    assert act(client, waiting, "accept").status_code == 200
    assert act(client, waiting, "accept").status_code == 409
    assert act(client, waiting, "explode").status_code == 404


def accepted_run(client, person):
    run = finished_run(client, person)
    assert act(client, run["id"], "accept").status_code == 200
    return run


def refused(person, change=CHANGE):
    with pytest.raises(Conflict) as caught:
        guarded(person, change)
    return caught.value.extra["run"]


@pytest.fixture
def stricter(api, alice, golden, monkeypatch):
    """An accepted run, and an answerer that has become worse since."""
    accepted_run(api(alice), alice)
    monkeypatch.setattr(answering, "answer", lambda *args, **named: Nothing())


def test_a_change_that_answers_worse_is_refused_and_says_how(alice, stricter):
    with pytest.raises(Conflict) as caught:
        guarded(alice)
    assert (caught.value.code, caught.value.extra["fell"]) == ("golden_fell", ["answered_right", "cited_right"])
    assert caught.value.extra["scores"]["recall_at_5"] == 1.0


PROMPT = "/api/v1/prompts/chat/"
TEMPLATES = {"fr": {"system": "Réponds.", "user": "{{passages}} {{question}}"}}


def new_prompt(client):
    answer = client.post(f"{PROMPT}versions/", {"templates": TEMPLATES})
    assert answer.status_code == 201, answer.content
    return answer.json()["number"]


def test_a_prompt_that_answers_worse_does_not_come_into_production_until_an_administrator_says_so(
    api, alice, golden, stricter
):
    client = api(alice)
    version = new_prompt(client)
    answer = client.put(f"{PROMPT}labels/production/", {"version": version})
    assert (answer.status_code, answer.json()["code"]) == (409, "golden_fell")
    assert client.put(f"{PROMPT}labels/staging/", {"version": version}).status_code == 200
    assert act(client, answer.json()["run"], "override", reason="Client agreed").status_code == 200
    moved = client.put(f"{PROMPT}labels/production/", {"version": version})
    assert (moved.status_code, moved.json()["warnings"]) == (200, ["golden_overridden"])


def test_the_golden_questions_are_answered_with_the_prompt_that_is_to_come(api, alice, golden, monkeypatch):
    seen = []

    def answer(*args, prompt=None, **named):
        seen.append(prompt and prompt.number)
        return Nothing()

    monkeypatch.setattr(answering, "answer", answer)
    client = api(alice)
    version = new_prompt(client)
    moved = client.put(f"{PROMPT}labels/production/", {"version": version})
    assert (moved.status_code, moved.json()["warnings"]) == (200, ["golden_no_accepted_run"])
    assert seen == [version] * 3


def test_only_a_refused_change_can_be_let_pass_and_not_without_a_reason(api, alice, bob, golden, stricter):
    run = refused(alice)
    assert act(api(alice), run, "override").status_code == 422
    assert act(api(bob), run, "override", reason="x").status_code == 403
    with tenant(alice.organization.pk):
        fine = str(GoldenRun.objects.get(status="accepted").pk)
    answer = act(api(alice), fine, "override", reason="x")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_override")


def test_an_override_lets_this_change_pass_once_and_no_other(api, alice, golden, stricter):
    run = refused(alice)
    assert act(api(alice), run, "override", reason="Client agreed").status_code == 200
    refused(alice, Change("prompt", "chat", "sha256:another"))
    assert guarded(alice) == ["golden_overridden"]
    refused(alice)
    audited = actions_audited(alice)
    assert audited.count("golden.run_overridden") == audited.count("golden.override_used") == 1


def test_an_override_is_over_after_an_hour(api, alice, golden, stricter, monkeypatch):
    run = refused(alice)
    act(api(alice), run, "override", reason="Client agreed")
    monkeypatch.setattr(services, "OVERRIDE_LASTS", -services.OVERRIDE_LASTS)
    refused(alice)


def test_a_run_whose_engine_is_away_fails_in_the_end_and_says_so(api, alice, golden, monkeypatch, settings):
    def away(*args, **named):
        raise EngineUnavailable

    settings.JOB_MAX_ATTEMPTS, settings.JOB_OUTAGE_SECONDS = 1, 0
    monkeypatch.setattr(answering, "answer", away)
    run = finished_run(api(alice), alice)
    assert (run["status"], run["scores"]) == ("failed", None)
    assert run["reason"].startswith("engine_unavailable")


def test_a_run_sees_what_who_asked_sees(api, alice, bob, golden):
    """Bob's golden question on his private document is no answer to Alice."""
    private = indexed(api(bob), bob, "Le code de l'alarme est changé chaque lundi.", visibility="private")
    body = {
        "question": "Quand change-t-on le code de l'alarme ?",
        "language": "fr",
        "expected": [{"document": private}],
    }
    assert api(bob).post(QUESTIONS, body).status_code == 201
    assert finished_run(api(bob), bob)["scores"]["recall_at_5"] == 1.0
    assert finished_run(api(alice), alice)["scores"]["recall_at_5"] == pytest.approx(2 / 3, abs=1e-4)


@pytest.fixture
def model(monkeypatch, settings):
    """Knows both answers; without more to say it ends."""
    scripted = ScriptedModel(["Le dépôt de garantie est de 850 euros [DOC:1-1]."] * 9)
    settings.LLM_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(answering, "language_model", lambda: scripted)
    return scripted


def spent(person):
    with tenant(person.organization.pk):
        calls = LlmJob.objects.filter(purpose="golden")
        meters = dict(UsageRow.objects.values_list("resource", "amount"))
        return meters, sum(call.tokens_in + call.tokens_out for call in calls), calls.count()


def test_when_the_days_tokens_are_used_up_a_run_fails_and_a_change_is_told_until_when(api, alice, golden, model):
    set_plan(alice.organization.pk, FREE)
    with tenant(alice.organization.pk):
        meter("tokens_per_day", PLANS[FREE].limits["tokens_per_day"])
    run = finished_run(api(alice), alice)
    assert (run["status"], run["reason"].split(":")[0]) == ("failed", "plan_limit")
    with pytest.raises(LimitReached) as refused:
        guarded(alice)
    assert refused.value.extra["resource"] == "tokens_per_day"
    assert model.calls == []


def test_what_a_run_asks_of_the_model_is_recorded_and_metered_and_is_no_question_of_the_day(api, alice, golden, model):
    run = finished_run(api(alice), alice)
    assert (run["status"], run["subject"]["models"]) == ("finished", ["scripted"])
    meters, tokens, calls = spent(alice)
    assert meters["tokens_per_day"] == tokens > 0
    assert calls == len(model.calls) == 2  # nothing is asked where search finds nothing
    assert "asks_per_day" not in meters


def test_a_run_under_a_plan_that_paces_the_model_waits_and_is_not_measured_by_other_words(
    api, alice, golden, model, monkeypatch
):
    waited = []
    monkeypatch.setattr(answering, "language_model", lambda: PacedModel(model))
    set_plan(alice.organization.pk, FREE)

    def next_minute(seconds):
        waited.append(seconds)
        cache.clear()

    monkeypatch.setattr(time, "sleep", next_minute)
    with scope(organization=alice.organization.pk), paced_call():
        run = finished_run(api(alice), alice)
    assert (run["status"], run["subject"]["engines"]) == ("finished", ["extractive", "model"])
    assert waited


# What it is for


def test_a_run_asks_every_question_and_scores_what_it_got(api, alice, golden):
    run = finished_run(api(alice), alice)
    assert run["status"] == "finished"
    assert run["scores"] == {
        "recall_at_5": 1.0, "ndcg_at_10": 1.0, "answered_right": 1.0, "cited_right": 1.0, "questions": 3,
    }  # fmt: skip
    assert sorted(row["rank"] for row in run["results"]) == [0, 1, 1]
    assert (run["baseline"], run["fell"]) == (None, [])
    assert run["subject"]["engines"] == ["extractive"]
    assert run["subject"]["models"] == []
    assert run["subject"]["embeddings"][0].startswith("all-MiniLM-L6-v2/")


def test_a_run_keeps_no_conversation(api, alice, golden):
    finished_run(api(alice), alice)
    assert api(alice).get("/api/v1/conversations/").json()["results"] == []


def test_later_runs_are_compared_with_the_accepted_one(api, alice, golden, monkeypatch):
    first = accepted_run(api(alice), alice)
    monkeypatch.setattr(answering, "answer", lambda *args, **named: Nothing())
    later = finished_run(api(alice), alice)
    assert (later["baseline"], later["fell"]) == (first["id"], ["answered_right", "cited_right"])


def test_a_change_that_answers_as_well_passes_and_one_never_compared_is_flagged(api, alice, golden):
    assert guarded(alice) == ["golden_no_accepted_run"]
    accepted_run(api(alice), alice)
    assert guarded(alice) == []


def test_without_golden_questions_nothing_is_in_the_way(alice):
    assert guarded(alice) == []


def test_a_question_can_be_read_and_forgotten(api, alice, golden):
    client = api(alice)
    rows = client.get(QUESTIONS).json()["results"]
    assert len(rows) == 3
    assert client.get(f"{QUESTIONS}{rows[0]['id']}/").json() == rows[0]
    assert client.delete(f"{QUESTIONS}{rows[0]['id']}/").status_code == 204
    assert len(client.get(QUESTIONS).json()["results"]) == 2
    assert actions_audited(alice).count("golden.question_removed") == 1


# The retrieval test


def test_the_retrieval_test_is_the_production_path(api, alice, documents):
    client = api(alice)
    query = {"q": "Quel est le montant du dépôt de garantie ?"}
    told = client.get("/api/v1/retrieval-test/", query).json()
    found = client.get("/api/v1/search/", {**query, "limit": 50}).json()
    assert [row["label"] for row in told["candidates"]] == [row["label"] for row in found["results"]]
    assert [row["score"] for row in told["candidates"]] == [row["score"] for row in found["results"]]
    best = told["candidates"][0]
    assert best["document"] == documents[0]
    assert best["score"] == pytest.approx(
        retrieval.DENSE * best["similarity"] + (1 - retrieval.DENSE) * best["share"], abs=1e-5
    )
    assert told["model"].startswith("all-MiniLM-L6-v2/")
    assert any("garant" in form for forms in told["words"] for form in forms)


def test_the_retrieval_test_is_for_who_looks_after_answers(api, alice, documents):
    concierge = colleague(alice, "c@example.org", "concierge")
    assert api(concierge).get("/api/v1/retrieval-test/?q=animaux").status_code == 403
    assert api(alice).get("/api/v1/retrieval-test/?q=").status_code == 422


def golden_check():
    call_command("golden_check", stdout=(said := StringIO()))
    return said.getvalue()


def test_whoever_runs_the_installation_is_told_when_another_index_answers_worse(api, alice, golden):
    client = api(alice)
    act(client, finished_run(client, alice)["id"], "accept")
    assert str(alice.organization.pk) in golden_check()
    with tenant(alice.organization.pk):
        Posting.objects.all().delete()
        ChunkWindow.objects.all().delete()
    with pytest.raises(CommandError, match="answered worse"):
        golden_check()


def test_an_organization_that_accepted_no_run_is_not_asked(api, alice, golden):
    finished_run(api(alice), alice)
    assert golden_check() == ""
