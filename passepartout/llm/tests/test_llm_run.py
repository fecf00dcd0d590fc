"""POST /api/v1/llm/run/: the administrator asks the model."""

import pytest

from engines.errors import EngineRejected
from engines.llm.errors import ModelTimeout
from engines.llm.fake import ScriptedModel
from passepartout.audit.models import AuditLog
from passepartout.billing.models import UsageRow
from passepartout.billing.plans import FREE, PLANS
from passepartout.billing.services import meter, set_plan
from passepartout.kernel.scope import tenant
from passepartout.llm import replaying
from passepartout.llm.models import LlmJob
from passepartout.llm.paced import PacedModel
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/llm/run/"
FREE_PROMPT = {"messages": {"system": "Be brief.", "user": "Say {{yes}}."}}


@pytest.fixture
def model(monkeypatch, settings):
    scripted = ScriptedModel()
    settings.LLM_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(replaying, "language_model", lambda: scripted)
    return scripted


@pytest.mark.parametrize("role", ["manager", "concierge", "auditor", "client_portal"][:3])
def test_nobody_but_an_administrator_asks_the_model_itself(api, alice, model, role):
    client = api(colleague(alice, "x@example.org", role))
    assert client.post(URL, FREE_PROMPT).status_code == 403
    assert model.calls == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({**FREE_PROMPT, "prompt": {"key": "chat"}}, "invalid"),
        ({"messages": {"user": ""}}, "invalid"),
        ({"messages": {"user": "x" * 20_001}}, "invalid"),
        ({"prompt": {"key": "chat"}, "variables": {"question": "?"}}, "prompt_variables"),
        ({"prompt": {"key": "chat", "language": "de"}}, "invalid"),
        ({**FREE_PROMPT, "parameters": {"temperature": 9}}, "invalid"),
        ({**FREE_PROMPT, "model": "another"}, "model_unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_the_model_is(api, alice, model, body, code):
    answer = api(alice).post(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert model.calls == []


def test_an_unknown_prompt_or_version_is_not_found(api, alice, model):
    for prompt in ({"key": "poem"}, {"key": "chat", "version": 7}):
        assert api(alice).post(URL, {"prompt": prompt}).status_code == 404


def test_a_free_prompt_is_sent_as_it_is_recorded_metered_and_audited(api, alice, model):
    model.then("Yes it is.")
    answer = api(alice).post(URL, {**FREE_PROMPT, "parameters": {"temperature": 0.5}, "model": "scripted"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["text"] == "Yes it is."
    assert [message.content for message in model.calls[0].messages] == ["Be brief.", "Say {{yes}}."]
    assert model.calls[0].parameters.temperature == 0.5
    with tenant(alice.organization.pk):
        job = LlmJob.objects.get()
        tokens = UsageRow.objects.get(resource="tokens_per_day").amount
        line = AuditLog.objects.get(action_type="llm.run")
    assert (job.purpose, job.context_refs, job.prompt_version, job.prompt_sha256) == ("run", [], None, "")
    assert tokens == job.tokens_in + job.tokens_out > 0
    assert line.object_id == str(job.pk)


def test_a_prompt_of_the_library_is_filled_with_the_variables_that_are_given(api, alice, model):
    model.then("Non.")
    variables = {"passages": "{{question}}", "question": "Quand ?", "organization": "X", "history": "", "unknown": "?"}
    body = {"prompt": {"key": "chat", "language": "fr"}, "variables": variables}
    answer = api(alice).post(URL, body)
    assert answer.status_code == 200, answer.content
    told = model.calls[0].messages[1].content
    assert "Quand ?" in told
    assert "{{question}}" in told  # what a value holds is never a variable itself
    assert (answer.json()["job"]["prompt_key"], answer.json()["job"]["prompt_version"]) == ("chat", 0)


@pytest.mark.parametrize("error", [ModelTimeout("late"), EngineRejected("no")])
def test_a_model_that_fails_is_said_to(api, alice, model, error):
    model.then(error)
    answer = api(alice).post(URL, FREE_PROMPT).json()
    assert (answer["job"]["status"], answer["job"]["fallback_reason"]) == ("failed", error.code)


def test_without_a_model_it_is_unavailable(api, alice):
    answer = api(alice).post(URL, FREE_PROMPT)
    assert (answer.status_code, answer.json()["code"]) == (503, "model_not_configured")


def test_the_days_tokens_end_and_say_when_they_begin_anew(api, alice, charlie, model):
    set_plan(alice.organization.pk, FREE)
    with tenant(alice.organization.pk):
        meter("tokens_per_day", PLANS[FREE].limits["tokens_per_day"])
    answer = api(alice).post(URL, FREE_PROMPT)
    assert (answer.status_code, answer.json()["resource"]) == (429, "tokens_per_day")
    assert int(answer["Retry-After"]) > 0
    assert model.calls == []
    model.then("Yes.")
    assert api(charlie).post(URL, FREE_PROMPT).status_code == 200


def test_the_pace_of_the_plan_is_told_with_when_to_come_back(api, alice, monkeypatch, settings):
    settings.LLM_URL = "http://127.0.0.1:9"
    paced = PacedModel(ScriptedModel(["Yes."] * 20))
    monkeypatch.setattr(replaying, "language_model", lambda: paced)
    set_plan(alice.organization.pk, FREE)
    client = api(alice)
    answers = [client.post(URL, FREE_PROMPT) for _ in range((PLANS[FREE].calls_per_minute or 0) + 1)]
    assert [answer.status_code for answer in answers[:-1]] == [200] * (len(answers) - 1)
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "plan_throttled")
    assert int(answers[-1]["Retry-After"]) > 0
