"""POST /api/v1/ask/ about the organization's own tables: a saved question, or the statement that a model wrote."""

import pytest
from django.db import IntegrityError

from engines.llm.fake import ScriptedModel
from passepartout.assistant import answering, proposing
from passepartout.assistant.models import Conversation, Message
from passepartout.documents.factories import document_row, indexed
from passepartout.kernel.scope import tenant
from passepartout.proposals.models import Proposal, SqlPolicy
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/ask/"
POOL = "À quelle heure ouvre la piscine ?"
FAILED = "Combien de documents ont échoué ce mois-ci ?"


@pytest.fixture
def failed(alice, charlie):
    for person, count in ((alice, 2), (charlie, 5)):
        with tenant(person.organization.pk, person.user.pk):
            for number in range(count):
                document_row(title=f"Bail {number}", status="failed")


@pytest.fixture
def model(monkeypatch):
    scripted = ScriptedModel()
    for module in (answering, proposing):
        monkeypatch.setattr(module, "language_model", lambda: scripted)
    return scripted


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def rules(client, alice):
    """What a model is asked about: it is asked only where documents may know."""
    return indexed(client, alice, "La piscine ouvre à huit heures et ferme à vingt heures.", "règlement.txt")


def ask(client, question=FAILED):
    answer = client.post(URL, {"question": question})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_question_of_documents_brings_no_proposal(api, alice, failed):
    answer = ask(api(alice), "Quel est le dépôt de garantie du bail ?")
    assert answer["proposal"] is None


def test_who_may_not_propose_gets_no_proposal_and_no_number(api, alice, failed):
    for role in (Role.DRIVER, Role.WAREHOUSE):
        answer = ask(api(colleague(alice, f"{role}@example.org", role)))
        assert answer["proposal"] is None
        assert answer["engine"] == "extractive"
    with tenant(alice.organization.pk):
        assert Proposal.objects.count() == 0


def test_a_saved_question_waits_for_approval(api, alice, failed):
    answer = ask(api(alice))
    proposal = answer["proposal"]
    assert (proposal["status"], proposal["kind"], proposal["tables"]) == ("pending_approval", "read", ["documents"])
    assert proposal["reading"].startswith("Lit les documents, où ")
    assert "approbation" in answer["answer"]
    assert answer["engine"] == "proposal"
    assert (answer["citations"], answer["forbidden"]) == ([], False)


@pytest.mark.parametrize(
    ("question", "words"),
    [(FAILED, "Résultat : 2"), ("How many documents failed this month?", "Result: 2")],
)
def test_where_the_organization_lets_it_run_the_answer_is_the_number(api, alice, failed, question, words):
    with tenant(alice.organization.pk):
        SqlPolicy.objects.create(reads_at_once=[Role.ORG_ADMIN])
    answer = ask(api(alice), question)
    assert answer["proposal"]["status"] == "executed"
    assert words in answer["answer"]


@pytest.mark.parametrize(
    "said", ["Voici. <SQL>SELECT count(*) AS n FROM documents</SQL>", "<sql>select count(*) as n from documents"]
)
def test_a_statement_that_the_model_writes_is_proposed_and_not_shown_in_the_answer(client, model, rules, said):
    model.then(said)
    answer = ask(client, POOL)
    assert answer["proposal"] is None or answer["proposal"]["sql"].startswith("SELECT COUNT(*)")
    assert (answer["proposal"] is not None) == ("</SQL>" in said)
    assert "select" not in answer["answer"].lower()


def test_a_change_that_the_model_did_not_ask_to_execute_is_not_even_proposed(client, model, rules):
    model.then("<SQL>DELETE FROM documents</SQL>")
    assert ask(client, POOL)["proposal"] is None


def test_what_the_gate_refuses_is_said_in_the_callers_words(client, model, rules):
    model.then("EXECUTE_SQL <SQL>DELETE FROM documents</SQL>")
    proposal = ask(client, POOL)["proposal"]
    assert (proposal["status"], proposal["refusal"]["code"]) == ("invalid", "sql_kind")


def test_a_model_that_is_told_of_the_views_writes_what_no_saved_question_asks(client, alice, failed, model):
    model.then("Compte les baux. <SQL>SELECT count(*) AS n FROM documents WHERE title LIKE 'Bail%'</SQL>")
    answer = ask(client, "Combien de documents ont un titre qui commence par Bail ?")
    assert answer["proposal"]["status"] == "pending_approval"
    assert "approbation" in answer["answer"]
    told = "\n".join(message.content for message in model.calls[-1].messages)
    assert "ai.documents (les documents; UPDATE: title)" in told
    assert "secret" not in told


def test_a_model_that_finds_no_view_for_it_leaves_the_answer_as_it_was(client, alice, failed, model):
    model.then("NO_SQL")
    answer = ask(client, "Combien de documents ont un titre en latin ?")
    assert answer["proposal"] is None


def test_the_model_is_not_asked_for_sql_about_other_things(client, alice, failed, model):
    ask(client, "Qui a gagné la coupe du monde ?")
    assert model.calls == []


def test_a_conversation_that_is_read_again_shows_each_proposal_as_it_is_now(api, alice, bob, failed):
    client = api(alice)
    answer = ask(client)
    messages = f"/api/v1/conversations/{answer['conversation']}/messages/"
    question, kept = client.get(messages).json()
    assert (question["proposal"], kept["proposal"]) == (None, answer["proposal"])
    assert api(bob).post(f"/api/v1/proposals/{answer['proposal']['id']}/actions/approve/", {}).status_code == 200
    assert client.get(messages).json()[1]["proposal"] == {**answer["proposal"], "status": "approved"}


def test_a_message_cannot_name_another_organizations_proposal(alice, charlie):
    with tenant(charlie.organization.pk, charlie.user.pk):
        theirs = Proposal.objects.create(requester=charlie.user.pk, source="person", proposed_sql="SELECT 1")
    with tenant(alice.organization.pk, alice.user.pk):
        conversation = Conversation.objects.create(user=alice.user, title="x")
    with pytest.raises(IntegrityError), tenant(alice.organization.pk, alice.user.pk):
        Message.objects.create(conversation=conversation, role="assistant", text="", proposal_id=theirs.pk)
