"""/api/v1/conversations/: kept, searched, renamed; what their messages keep; where a question was to be searched."""

import pytest

from passepartout.assistant.models import Conversation, Message
from passepartout.clients.services import create_client, create_project
from passepartout.documents.factories import indexed
from passepartout.documents.models import Document
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant

pytestmark = pytest.mark.django_db
LIST = "/api/v1/conversations/"
POOL = "À quelle heure ouvre la piscine ?"
RULES = "La piscine ouvre à huit heures et ferme à vingt heures."
OTHER_RULES = "La piscine ouvre à dix heures et ferme à midi."


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def kept(alice):
    """Two conversations: what was asked later is not in the title."""
    with tenant(alice.organization.pk, alice.user.pk):
        pool = Conversation.objects.create(user=alice.user, title="À quelle heure ouvre la piscine ?")
        Message.objects.create(conversation=pool, role="user", text="Et pour les élèves du collège ?")
        Message.objects.create(conversation=pool, role="assistant", text="La réponse parle du portail.")
        gate = Conversation.objects.create(user=alice.user, title="Le code du portail")
    return {"pool": str(pool.pk), "gate": str(gate.pk)}


def found(client, words):
    answer = client.get(LIST, {"q": words})
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_another_users_conversation_is_neither_found_nor_renamed(api, bob, kept):
    assert found(api(bob), "piscine") == []
    assert api(bob).patch(f"{LIST}{kept['pool']}/", {"title": "À moi"}).status_code == 404


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, None, ["x"]])
def test_a_title_that_is_none_is_refused(client, kept, title):
    answer = client.patch(f"{LIST}{kept['pool']}/", {"title": title})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "title")


def test_a_conversation_is_renamed_and_keeps_its_place(client, kept):
    before = [row["id"] for row in client.get(LIST).json()["results"]]
    answer = client.patch(f"{LIST}{kept['pool']}/", {"title": "  Horaires  "})
    assert (answer.status_code, answer.json()["title"]) == (200, "Horaires")
    after = client.get(LIST).json()["results"]
    assert [row["id"] for row in after] == before
    assert "Horaires" in [row["title"] for row in after]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("piscine", ["pool"]),
        ("PISCINE heure", ["pool"]),
        ("eleves", ["pool"]),  # a later question, without its accents
        ("portail", ["gate"]),  # not what was answered
        ("code piscine", []),
        ("  ", ["gate", "pool"]),
    ],
)
def test_it_is_found_by_the_words_of_its_title_and_questions(client, kept, words, names):
    assert found(client, words) == [kept[name] for name in names]


def test_a_message_keeps_what_was_searched_and_its_proposal(api, client, alice):
    indexed(client, alice, RULES, "règlement.txt")
    answer = client.post("/api/v1/ask/", {"question": POOL}).json()
    asked = client.post("/api/v1/ask/", {"question": "Combien de documents ont échoué ce mois-ci ?"}).json()
    message = client.get(f"{LIST}{answer['conversation']}/messages/").json()[1]
    assert message["sources"] == answer["sources"] != []
    assert message["proposal"] is None
    other = client.get(f"{LIST}{asked['conversation']}/messages/").json()[1]
    assert other["proposal"] == asked["proposal"]
    assert other["proposal"]["status"] == "pending_approval"


def test_a_document_that_is_gone_is_no_longer_named(client, alice):
    document = indexed(client, alice, RULES, "règlement.txt")
    answer = client.post("/api/v1/ask/", {"question": POOL}).json()
    client.post(f"/api/v1/documents/{document}/actions/delete/")
    assert client.get(f"{LIST}{answer['conversation']}/messages/").json()[1]["sources"] == []
    with tenant(alice.organization.pk):
        kept_there = Message.objects.get(pk=answer["message"]).sources
    assert [name for each in kept_there for name in each if name == "title"] == []


class TestWhereItIsSearched:
    @pytest.fixture
    def villa(self, client, alice):
        """Two houses, each with its own rules; the second is a project of the client."""
        ids = [indexed(client, alice, text, name) for text, name in ((RULES, "a.txt"), (OTHER_RULES, "b.txt"))]
        with tenant(alice.organization.pk, alice.user.pk):
            row = create_client(name="Mme Durand")
            project = create_project(client=row.pk, name="Villa", kind="event")
            Document.objects.filter(pk=ids[1]).update(client=row, project=project)
        return {"client": str(row.pk), "project": str(project.pk), "documents": ids}

    def ask(self, asker, **where):
        answer = asker.post("/api/v1/ask/", {"question": POOL, **where})
        assert answer.status_code == 200, answer.content
        return answer.json()

    @pytest.mark.parametrize("name", ["client", "project"])
    def test_one_that_is_not_there_is_said_so_and_nothing_is_kept(self, client, alice, villa, name):
        assert client.post("/api/v1/ask/", {"question": POOL, name: str(new_id())}).status_code == 404
        with tenant(alice.organization.pk):
            assert Conversation.objects.count() == 0

    @pytest.mark.parametrize("name", ["client", "project"])
    def test_only_its_documents_answer(self, client, villa, name):
        answer = self.ask(client, **{name: villa[name]})
        assert {each["document"] for each in answer["sources"]} == {villa["documents"][1]}
        assert "dix heures" in answer["answer"]

    def test_documents_that_are_named_must_be_its_own(self, client, villa):
        answer = self.ask(client, client=villa["client"], document_ids=[villa["documents"][0]])
        assert (answer["sources"], answer["sentences"], answer["forbidden"]) == ([], [], False)
