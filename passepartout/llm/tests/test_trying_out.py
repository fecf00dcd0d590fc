"""A version of a prompt before it comes into use: where it differs, what the model makes of it, what a label named."""

import pytest

from engines.llm.errors import ModelTimeout
from engines.llm.fake import ScriptedModel
from passepartout.audit.models import AuditLog
from passepartout.billing.models import UsageRow
from passepartout.billing.plans import FREE, PLANS
from passepartout.billing.services import meter, set_plan
from passepartout.kernel.scope import tenant
from passepartout.llm import replaying
from passepartout.llm.models import LlmJob, PromptLabel
from passepartout.llm.prompts import declared, declared_as

pytestmark = pytest.mark.django_db
URL = "/api/v1/prompts/"
CHAT = f"{URL}chat/"
TEST = f"{CHAT}versions/1/test/"
OURS = {"system": "Réponds comme un majordome.", "user": "{{passages}}\n{{question}}"}
WRITTEN = {"key": "chat", "templates": {"fr": OURS}, "parameters": {"max_tokens": 100}, "note": "plus poli"}


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def version(client):
    answer = client.post(URL, WRITTEN)
    assert (answer.status_code, answer.json()["number"]) == (201, 1), answer.content


@pytest.fixture
def model(monkeypatch, settings):
    scripted = ScriptedModel()
    settings.LLM_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(replaying, "language_model", lambda: scripted)
    return scripted


# What must not happen


def test_only_who_writes_prompts_tries_them_out_and_managers_and_auditors_see_the_differences(
    api, alice, bob, version, model
):
    assert api(bob).post(TEST, {}).status_code == 403
    assert api(bob).post(URL, WRITTEN).status_code == 403
    assert api(bob).get(f"{CHAT}diff/").status_code == 200
    assert model.calls == []


def test_another_organizations_version_is_neither_compared_nor_tried_out(api, charlie, version, model):
    client = api(charlie)
    assert client.post(TEST, {}).status_code == 404
    assert client.get(f"{CHAT}diff/", {"after": 1}).status_code == 404
    assert client.get(f"{CHAT}labels/staging/").json() == {"key": "chat", "label": "staging", "version": 0, "moves": []}
    assert model.calls == []


@pytest.mark.parametrize("path", ["poem/versions/0/test/", "chat/versions/7/test/"])
def test_what_is_not_there_is_not_tried_out(client, version, model, path):
    assert client.post(f"{URL}{path}", {}).status_code == 404
    assert model.calls == []


@pytest.mark.parametrize("path", ["poem/diff/", "chat/diff/?after=7", "chat/diff/?before=7", "chat/labels/latest/",
                                  "poem/labels/staging/"])  # fmt: skip
def test_what_is_not_there_has_no_differences_and_no_history(client, version, path):
    assert client.get(f"{URL}{path}").status_code == 404


@pytest.mark.parametrize(
    "body", [{"language": "de"}, {"variables": {"question": 3}}, {"variables": {"question": "x" * 20_001}}]
)
def test_what_cannot_be_asked_is_refused_before_the_model_is(client, version, model, body):
    assert client.post(TEST, body, format="json").status_code in {200, 422}
    if body.get("variables", {}).get("question") != 3:  # a number is as good as its digits
        assert model.calls == []


def test_without_a_model_nothing_is_tried_out(client, version):
    answer = client.post(TEST, {})
    assert (answer.status_code, answer.json()["code"]) == (503, "model_not_configured")


def test_the_days_tokens_end_for_trials_too(client, alice, version, model):
    set_plan(alice.organization.pk, FREE)
    with tenant(alice.organization.pk):
        meter("tokens_per_day", PLANS[FREE].limits["tokens_per_day"])
    answer = client.post(TEST, {})
    assert (answer.status_code, answer.json()["resource"]) == (429, "tokens_per_day")
    assert int(answer["Retry-After"]) > 0
    assert model.calls == []


# What does


def test_a_trial_tells_the_model_this_version_with_samples_and_is_recorded_metered_and_audited(
    client, alice, version, model
):
    model.then("À huit heures.")
    answer = client.post(TEST, {"variables": {"question": "Et le dimanche ?"}})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["text"], body["messages"][0]["content"]) == ("À huit heures.", OURS["system"])
    told = model.calls[0].messages[1].content
    assert "Et le dimanche ?" in told
    assert "La piscine ouvre à huit heures" in told  # of the samples
    assert model.calls[0].parameters.max_tokens == 100
    with tenant(alice.organization.pk):
        job = LlmJob.objects.get()
        assert (job.purpose, job.prompt_key, job.prompt_version) == ("prompt_test", "chat", 1)
        assert UsageRow.objects.get(resource="tokens_per_day").amount == job.tokens_in + job.tokens_out > 0
        line = AuditLog.objects.get(action_type="prompts.version_tested")
        assert not PromptLabel.objects.exists()
    assert (line.object_id, line.detail["version"]) == (str(job.pk), 1)
    assert "majordome" not in str(line.detail)


@pytest.mark.parametrize("key", list(declared()))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_prompt_of_the_code_can_be_tried_out_as_it_is(client, model, key, language):
    model.then("Oui.")
    answer = client.post(f"{URL}{key}/versions/0/test/", {"language": language})
    assert answer.status_code == 200, answer.content
    known = declared_as(key)
    assert set(known.samples[language]) == known.required | known.optional
    assert "{{" not in str(answer.json()["messages"])


def test_a_model_that_fails_is_said_to(client, version, model):
    model.then(ModelTimeout("late"))
    job = client.post(TEST, {}).json()["job"]
    assert (job["status"], job["fallback_reason"]) == ("failed", "model_timeout")


def test_versions_are_compared_line_by_line_and_what_is_the_same_is_left_out(client, version):
    found = client.get(f"{CHAT}diff/", {"before": 0, "after": 1}).json()
    assert (found["key"], found["before"], found["after"], found["same"]) == ("chat", 0, 1, False)
    assert [(each["language"], each["part"]) for each in found["templates"]] == [("fr", "system"), ("fr", "user")]
    lines = found["templates"][0]["lines"]
    assert [line for each in lines for line in each["after"]] == [OURS["system"]]
    assert {each["kind"] for each in lines} <= {"changed", "added", "removed"}
    assert found["parameters"] == [{"name": "max_tokens", "before": 600.0, "after": 100.0}]
    back = client.get(f"{CHAT}diff/", {"before": 1, "after": 0}).json()
    assert [line for each in back["templates"][0]["lines"] for line in each["before"]] == [OURS["system"]]


def test_without_numbers_the_one_in_production_is_compared_with_the_codes(client, version):
    assert client.get(f"{CHAT}diff/").json()["same"] is True
    client.put(f"{CHAT}labels/production/", {"version": 1})
    assert client.get(f"{CHAT}diff/").json()["after"] == 1


def test_many_equal_lines_are_compared_in_no_time(client):
    for number in (1, 2):
        fr = {"system": "a\n" * 9_000 + "b" * number, "user": OURS["user"]}
        assert client.post(URL, {"key": "chat", "templates": {"fr": fr}}).status_code == 201
    found = client.get(f"{CHAT}diff/", {"before": 1, "after": 2})
    assert found.json()["templates"][0]["part"] == "system"


def test_a_label_tells_what_it_names_and_every_move_that_brought_it_there(client, version):
    for number in (1, 0, 1):
        client.put(f"{CHAT}labels/staging/", {"version": number, "note": f"essai {number}"})
    client.put(f"{CHAT}labels/production/", {"version": 1})
    found = client.get(f"{CHAT}labels/staging/").json()
    assert (found["label"], found["version"]) == ("staging", 1)
    assert [(move["before"], move["after"], move["note"]) for move in found["moves"]] == [
        (0, 1, "essai 1"), (1, 0, "essai 0"), (0, 1, "essai 1"),
    ]  # fmt: skip


@pytest.mark.parametrize("body", [{**WRITTEN, "key": "poem"}, {"key": "chat"}, {"templates": {"fr": OURS}}])
def test_a_version_of_no_prompt_of_ours_is_not_written(client, body):
    assert client.post(URL, body).status_code == 422
