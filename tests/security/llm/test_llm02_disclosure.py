"""LLM02: what a model is told is what the asker may read; what it was told is unreadable in the tables and the logs."""

import logging

import pytest
from django.db import connection

from passepartout.documents.factories import indexed
from passepartout.kernel.scope import tenant
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
