"""What was asked and answered, as the database holds it."""

import pytest
from django.db import connection

from passepartout.assistant.models import Conversation, Message
from passepartout.kernel.crypto import DecryptionError
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
QUESTION = "Quel est le dépôt de Mme Durand ?"
CITED = [{"label": "[DOC:1-1]", "quote": "Le dépôt de Mme Durand est de 850 euros."}]


@pytest.fixture
def message(alice):
    with tenant(alice.organization.pk, alice.user.pk):
        conversation = Conversation.objects.create(user=alice.user, title=QUESTION)
        return Message.objects.create(conversation=conversation, role="assistant", text=QUESTION, citations=CITED)


def test_the_database_holds_nothing_of_a_conversation_in_clear(alice, message):
    with tenant(alice.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(m)::text || row_to_json(c)::text FROM messages m, conversations c")
        stored = cursor.fetchone()[0]
    assert [word for word in ("Durand", "850", "quote", "dépôt", "DOC:") if word in stored] == []


def test_a_message_moved_to_another_row_does_not_open(alice, message):
    with tenant(alice.organization.pk):
        other = Message.objects.create(conversation=message.conversation, role="user", text="Autre")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE messages SET citations = (SELECT citations FROM messages WHERE id = %s) WHERE id = %s",
                [message.pk, other.pk],
            )
        with pytest.raises(DecryptionError):
            _ = Message.objects.get(pk=other.pk).citations


def test_what_was_kept_comes_back_and_nothing_comes_back_as_an_empty_list(alice, message):
    with tenant(alice.organization.pk):
        row = Message.objects.get(pk=message.pk)
        assert (row.text, row.citations, row.sentences) == (QUESTION, CITED, [])
        assert row.conversation.title == QUESTION
