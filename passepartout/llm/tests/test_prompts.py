"""The prompt library: data in the code, versions of an organization's own, labels that are moved and guarded."""

import pytest

from passepartout.audit.models import AuditLog
from passepartout.kernel.errors import Conflict, InvalidInput
from passepartout.kernel.scope import tenant
from passepartout.llm import activation, selectors
from passepartout.llm.prompts import Template, check_parameters, check_templates, declared, declared_as

pytestmark = pytest.mark.django_db
URL = "/api/v1/prompts/"
VERSIONS, PRODUCTION = f"{URL}chat/versions/", f"{URL}chat/labels/production/"
OURS = {"system": "Réponds comme un majordome.", "user": "{{passages}}\n{{question}}"}


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def guard():
    """A guard that answers what a test puts into ``says``."""

    class Guard:
        def __init__(self):
            self.says: list[str] | str = []
            self.asked = []

        def __call__(self, caller, asked):
            self.asked.append(asked)
            if self.says == "no":
                raise Conflict("The golden set says no.", code="golden_set")
            return self.says

    made = Guard()
    activation.register_before_activation(made)
    yield made
    activation.unregister_before_activation(made)


def write(client, templates=None, **more):
    return client.post(VERSIONS, {"templates": templates or {"fr": OURS}, **more})


def in_use(person, label="production"):
    with tenant(person.organization.pk):
        return selectors.prompt_in_use("chat", label=label)


@pytest.mark.parametrize("key", ["chat", "extraction", "invoice", "report", "sql"])
def test_every_prompt_of_the_code_is_whole_in_both_languages(key):
    known = declared()[key]
    for language in ("fr", "en"):
        template = known.default.templates[language]
        assert known.required <= template.variables <= known.required | known.optional
        values = {name: f"<{name}>" for name in template.variables}
        system, user = known.default.messages(language, **values)
        assert (system.role, user.role) == ("system", "user")
        assert "{{" not in system.content + user.content
    assert known.default.sampling.max_tokens >= 16


def test_what_a_value_holds_is_never_a_variable():
    values = {"passages": "{{question}} {{organization}}", "question": "?", "organization": "O", "unknown": "U",
              "history": ""}  # fmt: skip
    _, user = declared_as("chat").default.messages("fr", **values)
    assert "{{question}} {{organization}}" in user.content


@pytest.mark.parametrize(
    ("system", "user"),
    [("x", "{{question}}"), ("x", "{{passages}} {{question}} {{secret}}"), ("x" * 20_001, OURS["user"])],
)
def test_a_template_without_its_variables_or_with_others_is_refused(system, user):
    with pytest.raises(InvalidInput):
        check_templates(declared_as("chat"), {"fr": Template(system, user)})


@pytest.mark.parametrize(
    "parameters",
    [{"temperature": 3}, {"max_tokens": 1.5}, {"max_tokens": 10**6}, {"seed": True}, {"logit_bias": 1}, {"top_p": "1"}],
)
def test_a_parameter_out_of_bounds_is_refused(parameters):
    with pytest.raises(InvalidInput):
        check_parameters(parameters)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"templates": {"fr": {"system": "x", "user": "{{question}}"}}}, "prompt_variables"),
        ({"templates": {"fr": {"system": "x"}}}, "invalid"),
        ({"templates": "x"}, "invalid"),
        ({}, "invalid"),
        ({"templates": {"fr": OURS}, "parameters": {"temperature": 9}}, "invalid"),
    ],
)
def test_a_wrong_version_is_refused_and_nothing_is_kept(client, alice, body, code):
    answer = client.post(VERSIONS, body)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.content
    assert next(p for p in client.get(URL).json() if p["key"] == "chat")["versions"][0]["number"] == 0


def test_unknown_prompts_labels_and_versions_are_not_there(client):
    assert client.post(f"{URL}poetry/versions/", {"templates": {"fr": OURS}}).status_code == 404
    assert client.put(f"{URL}poetry/labels/production/", {"version": 0}).status_code == 404
    assert client.put(f"{URL}chat/labels/latest/", {"version": 0}).status_code == 404
    assert client.put(PRODUCTION, {"version": 7}).status_code == 404


def test_a_manager_reads_and_neither_writes_nor_moves(api, bob):
    client = api(bob)
    assert client.get(URL).status_code == 200
    assert write(client).status_code == 403
    assert client.put(PRODUCTION, {"version": 0}).status_code == 403


def test_a_version_is_used_once_a_label_names_it_and_by_its_organization_alone(client, alice, charlie):
    answer = write(client, parameters={"max_tokens": 100}, note="plus poli")
    assert (answer.status_code, answer.json()["number"]) == (201, 1)
    assert in_use(alice).number == 0
    assert client.put(PRODUCTION, {"version": 1, "note": "essai"}).json()["after"] == 1
    prompt = in_use(alice)
    assert (prompt.number, prompt.templates["fr"].system, prompt.parameters["max_tokens"]) == (1, OURS["system"], 100)
    assert prompt.templates["en"] == declared_as("chat").default.templates["en"]
    assert (in_use(alice, "staging").number, in_use(charlie).number) == (0, 0)


def test_labels_keep_their_history_and_go_back(client, alice):
    for _ in range(2):
        write(client)
    for number in (1, 2, 0):
        assert client.put(PRODUCTION, {"version": number}).status_code == 200
    chat = next(p for p in client.get(URL).json() if p["key"] == "chat")
    assert [(move["before"], move["after"]) for move in chat["moves"]] == [(2, 0), (1, 2), (0, 1)]
    assert [version["number"] for version in chat["versions"]] == [2, 1, 0]
    assert chat["labels"] == {"production": 0, "staging": 0}
    assert in_use(alice).number == 0


def test_writing_and_moving_leave_audit_lines_without_the_text(client, alice):
    write(client)
    client.put(PRODUCTION, {"version": 1})
    with tenant(alice.organization.pk):
        lines = list(AuditLog.objects.filter(action_type__startswith="prompts.").order_by("created_at"))
    assert [line.action_type for line in lines] == ["prompts.version_created", "prompts.label_moved"]
    assert "majordome" not in str([line.detail for line in lines])


def test_a_guard_that_refuses_leaves_the_label_where_it_is(client, alice, guard):
    write(client)
    guard.says = "no"
    answer = client.put(PRODUCTION, {"version": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "golden_set")
    assert in_use(alice).number == 0
    (asked,) = guard.asked
    assert (asked.kind, asked.key, asked.label, asked.before.number, asked.prompt.number) == (
        "prompt", "chat", "production", 0, 1,
    )  # fmt: skip


def test_the_warnings_of_a_guard_are_told_and_kept(client, guard):
    write(client)
    guard.says = ["Two golden questions are answered less well."]
    assert client.put(PRODUCTION, {"version": 1}).json()["warnings"] == guard.says
    chat = next(p for p in client.get(URL).json() if p["key"] == "chat")
    assert chat["moves"][0]["warnings"] == guard.says
