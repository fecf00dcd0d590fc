"""GET /api/v1/llm-jobs/: who reads what was asked, and what of it."""

import pytest

from engines.llm.errors import ModelTimeout
from engines.llm.fake import ScriptedModel
from passepartout.assistant import answering
from passepartout.audit.models import AuditLog
from passepartout.documents.factories import indexed
from passepartout.documents.models import Document
from passepartout.kernel.scope import tenant
from passepartout.llm import replaying
from passepartout.llm.models import LlmJob
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/llm-jobs/"
RULES = "La piscine ouvre à huit heures et ferme à vingt heures. Le code du portail est le 4812."
QUESTION = "À quelle heure ouvre la piscine ?"
TRUE = "La piscine ouvre à 8 h et ferme à 20 h [DOC:1-1]."


@pytest.fixture
def model(monkeypatch, settings):
    scripted = ScriptedModel()
    settings.LLM_URL = "http://127.0.0.1:9"
    for module in (answering, replaying):
        monkeypatch.setattr(module, "language_model", lambda: scripted)
    return scripted


@pytest.fixture
def rules(api, alice):
    return indexed(api(alice), alice, RULES, "règlement.txt")


@pytest.fixture
def asked(api, alice, model, rules):
    """The id of Alice's question, answered by the model from her document."""
    model.then(TRUE)
    answer = api(alice).post("/api/v1/ask/", {"question": QUESTION})
    assert answer.json()["engine"] == "model", answer.content
    with tenant(alice.organization.pk):
        return LlmJob.objects.get(purpose="ask").pk


def make_private(alice):
    with tenant(alice.organization.pk):
        Document.objects.update(visibility="private")


def read(client, ident):
    answer = client.get(f"{URL}{ident}/")
    assert answer.status_code == 200, answer.content
    return answer.json()


def replay(client, ident):
    return client.post(f"{URL}{ident}/replay/")


def test_another_organization_finds_nothing(api, charlie, asked):
    client = api(charlie)
    assert client.get(URL).json()["results"] == []
    assert client.get(f"{URL}{asked}/").status_code == 404
    assert replay(client, asked).status_code == 404


@pytest.mark.parametrize("role", ["manager", "concierge", "warehouse_operator"])
def test_a_colleague_does_not_read_what_others_asked(api, alice, asked, role):
    client = api(colleague(alice, "x@example.org", role))
    assert client.get(URL).json()["results"] == []
    assert client.get(f"{URL}{asked}/").status_code == 404


def test_an_administrator_and_an_auditor_read_what_everybody_asked_and_that_is_audited(api, alice, asked):
    for role in ("org_admin", "auditor"):
        reader = colleague(alice, f"{role}@example.org", role)
        client = api(reader)
        assert [row["id"] for row in client.get(URL, {"purpose": "ask"}).json()["results"]] == [str(asked)]
        assert read(client, asked)["messages"][1]["content"].count(QUESTION) == 1
        with tenant(alice.organization.pk):
            line = AuditLog.objects.filter(action_type="llm_jobs.read").latest("created_at")
        assert (line.user_id, line.object_id) == (reader.user.pk, str(asked))


def test_who_asked_reads_the_prompt_its_passages_and_the_answer(api, alice, asked, rules):
    found = read(api(alice), asked)
    assert found["withheld"] is False
    assert found["result"] == TRUE
    assert "huit heures" in found["messages"][1]["content"]
    assert [(each["document"], each["part"], each["visible"]) for each in found["context"]] == [(str(rules), 1, True)]
    assert (found["job"]["prompt_key"], found["job"]["prompt_version"]) == ("chat", 0)
    with tenant(alice.organization.pk):
        assert not AuditLog.objects.filter(action_type="llm_jobs.read").exists()


def test_passages_of_a_private_document_are_not_shown_to_an_administrator_who_may_not_see_it(api, alice, asked, rules):
    make_private(alice)
    other = api(colleague(alice, "admin@example.org", "org_admin"))
    found = read(other, asked)
    assert (found["withheld"], found["messages"], found["result"]) == (True, None, None)
    body = other.get(f"{URL}{asked}/").content.decode()
    assert not [mark for mark in ("huit heures", "piscine", "règlement", str(rules)) if mark in body]
    assert replay(other, asked).json()["code"] == "context_gone"
    assert read(api(alice), asked)["withheld"] is False


def test_an_earlier_answer_in_the_prompt_is_not_shown_to_others(api, alice, asked):
    with tenant(alice.organization.pk):
        job = LlmJob.objects.get(pk=asked)
        job.prompt = job.prompt.replace("Question", "Question précédente: a\\nRéponse: b\\nQuestion", 1)
        job.save()
    assert read(api(colleague(alice, "a@example.org", "org_admin")), asked)["withheld"] is True
    assert read(api(alice), asked)["withheld"] is False


def test_the_list_shows_no_texts(api, alice, asked):
    body = api(alice).get(URL).content.decode()
    assert not [mark for mark in ("piscine", "huit heures") if mark in body]


def test_calls_are_narrowed_by_purpose_engine_and_status(api, alice, asked, model):
    model.then(ModelTimeout("late"))
    api(alice).post("/api/v1/ask/", {"question": QUESTION})

    def listed(**filters):
        return sorted((row["purpose"], row["engine"], row["status"]) for row in
                      api(alice).get(URL, filters).json()["results"])  # fmt: skip

    assert listed(engine="model") == [("ask", "model", "succeeded"), ("ask_attempt", "model", "failed")]
    assert listed(status="failed") == [("ask_attempt", "model", "failed")]
    assert listed(purpose="ask_attempt", status="succeeded") == []
    assert api(alice).get(URL, {"status": "x"}).status_code == 422


def test_a_replay_says_the_same_again_and_shows_what_differs_sentence_by_sentence(api, alice, asked, model):
    model.then("La piscine ouvre à 9 h [DOC:1-1]. Elle est chauffée.")
    found = replay(api(alice), asked).json()
    assert found["same"] is False
    assert found["differences"] == [
        {"kind": "changed", "before": [TRUE], "after": ["La piscine ouvre à 9 h [DOC:1-1].", "Elle est chauffée."]}
    ]
    first, second = model.calls
    assert (second.messages, second.parameters) == (first.messages, first.parameters)
    assert found["job"]["parameters"]["replay_of"] == str(asked)
    assert found["job"]["prompt_sha256"] == found["before"]["job"]["prompt_sha256"]
    model.then(TRUE)
    assert replay(api(alice), asked).json()["same"] is True


def test_a_replay_whose_passages_are_gone_is_refused_and_says_how_many(api, alice, asked, rules, model):
    api(alice).post(f"/api/v1/documents/{rules}/actions/delete/")
    answer = replay(api(alice), asked)
    assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (409, "context_gone", 1)
    assert len(model.calls) == 1


def test_what_no_model_answered_is_not_told_again(api, alice, rules, model):
    model.then(ModelTimeout("late"))
    api(alice).post("/api/v1/ask/", {"question": QUESTION})
    with tenant(alice.organization.pk):
        ident = LlmJob.objects.get(engine="extractive").pk
    assert replay(api(alice), ident).json()["code"] == "not_replayable"


def test_a_replay_that_fails_is_kept_and_says_why(api, alice, asked, model):
    model.then(ModelTimeout("late"))
    found = replay(api(alice), asked).json()
    assert (found["failure"], found["same"], found["differences"]) == ("model_timeout", False, [])
    assert found["job"]["status"] == "failed"


def test_without_a_model_a_replay_is_unavailable(api, alice, asked, monkeypatch):
    monkeypatch.setattr(replaying, "language_model", lambda: None)
    assert (replay(api(alice), asked).status_code, replay(api(alice), asked).json()["code"]) == (
        503,
        "model_not_configured",
    )
