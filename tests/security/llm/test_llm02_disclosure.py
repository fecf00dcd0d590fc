"""LLM02, sensitive information disclosure: a model is told what the asker may read; the record of it is unreadable."""

import logging

import pytest
from django.db import connection

from passepartout.clients.services import create_client
from passepartout.documents.factories import indexed
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague
from tests.answers.house import QUESTION, RULES

pytestmark = pytest.mark.django_db


def test_nothing_of_a_colleagues_private_document_reaches_the_model(api, client, alice, bob, model):
    indexed(api(bob), bob, f"{RULES} Le salaire de Bob est de 5 432 euros.", visibility="private")
    indexed(client, alice, RULES)
    client.post("/api/v1/ask/", {"question": QUESTION})
    assert model.told
    assert not any("5 432" in told for told in model.told)


def test_what_was_said_and_answered_is_encrypted_in_the_record(client, alice, answer_to):
    answer_to("La piscine ouvre à huit heures [DOC:1-1].")
    with tenant(alice.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT prompt, result FROM llm_jobs")
        stored = str(cursor.fetchall())
    assert "piscine" not in stored


def test_the_logs_hold_neither_questions_nor_answers(answer_to, caplog):
    with caplog.at_level(logging.INFO):
        answer_to("Secret 4812 ![x](https://evil.example/) <SQL>SELECT 1</SQL>")
    written = " ".join(str(vars(record)) for record in caplog.records)
    assert not any(word in written for word in ("piscine", "4812", "evil", "SELECT 1"))


def test_what_was_read_in_a_document_that_became_private_is_not_shown_again_to_others(api, client, alice, bob, model):
    """A record of a call repeats passages: it is shown as long as they may be seen."""
    ident = indexed(api(bob), bob, f"{RULES} Le salaire de Bob est de 5 432 euros.")
    model.order = "Le salaire de Bob est de 5 432 euros [DOC:1-1]."
    job = api(bob).post("/api/v1/ask/", {"question": "Quel est le salaire de Bob ?"}).json()["job"]
    assert api(bob).patch(f"/api/v1/documents/{ident}/", {"visibility": "private"}).status_code == 200
    shown = client.get(f"/api/v1/llm-jobs/{job}/")
    assert shown.json()["withheld"] is True
    assert "5 432" not in shown.content.decode()


@pytest.mark.parametrize("role", ["driver", "warehouse_operator", "client_portal"])
def test_a_role_of_narrower_reach_makes_a_model_told_no_more(api, client, alice, model, role):
    indexed(client, alice, f"{RULES} Le code du coffre est le 4812.")
    person = _member(alice, role)
    answer = api(person).post("/api/v1/ask/", {"question": "Quel est le code du coffre ?"})
    assert answer.status_code == 200, answer.content
    assert model.told == []
    assert "4812" not in answer.content.decode()


def _member(alice, role):
    fields = {}
    if role == "client_portal":
        with tenant(alice.organization.pk, alice.user.pk):
            fields["client_id"] = create_client(name="Portal").pk
    return colleague(alice, f"{role}@example.org", role, **fields)
