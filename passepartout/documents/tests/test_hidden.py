"""Whether hidden documents would have answered: one coarse bit, and never about another organization."""

import pytest
from django.core.cache.backends.locmem import LocMemCache
from redis.exceptions import ConnectionError as RedisDown

from passepartout.audit.models import AuditLog
from passepartout.documents.factories import indexed
from passepartout.documents.hidden import TOLD_PER_HOUR, common_words
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role

pytestmark = pytest.mark.django_db
URL = "/api/v1/ask/"
SECRET = "La piscine ouvre à huit heures et ferme à vingt heures. Le code du coffre de Paul est le 4812."
QUESTION = "À quelle heure ouvre la piscine ?"


def ask(client, question=QUESTION, **more):
    answer = client.post(URL, {"question": question, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def private(api, bob):
    """A document of Bob's alone."""
    return indexed(api(bob), bob, SECRET, "secret de Bob.txt", visibility="private")


def test_another_organizations_documents_never_count(api, alice, charlie):
    indexed(api(charlie), charlie, SECRET)
    indexed(api(charlie), charlie, SECRET, visibility="private")
    assert ask(api(alice))["forbidden"] is False


def test_a_deleted_document_does_not_count(api, alice, bob, private):
    assert api(bob).post(f"/api/v1/documents/{private}/actions/delete/").status_code in {200, 202}
    assert ask(api(alice))["forbidden"] is False


def test_what_the_hidden_document_does_not_answer_is_simply_not_known(api, alice, private):
    assert ask(api(alice), "Qui a gagné la coupe du monde de football ?")["forbidden"] is False


def test_nothing_is_told_beside_an_answer_nor_when_documents_were_chosen(api, alice, private):
    client = api(alice)
    mine = indexed(client, alice, "Le ménage coûte quarante euros par séjour.", "mien.txt")
    assert ask(client, "Combien coûte le ménage par séjour ?")["forbidden"] is False
    assert ask(client, document_ids=[mine])["forbidden"] is False


@pytest.mark.parametrize("role", [Role.CLIENT_PORTAL, Role.PROVIDER_PORTAL])
def test_outsiders_are_not_told(api, alice, private, role):
    answer = api(colleague(alice, "x@example.org", role)).post(URL, {"question": QUESTION})
    assert answer.status_code == 403 or answer.json()["forbidden"] is False


def test_a_key_is_not_told(api, alice, private):
    client = api(alice)
    made = client.post(
        "/api/v1/api-keys/", {"name": "n8n", "scopes": ["ask:use"], "expires_at": "2099-01-01T00:00:00Z"}
    )
    assert made.status_code == 201, made.content
    program = api()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {made.json()['key']}")
    assert ask(program)["forbidden"] is False


def test_it_can_be_turned_off(api, alice, private, settings):
    settings.ASK_FORBIDDEN_HINT = False
    assert ask(api(alice))["forbidden"] is False


def test_without_counters_nothing_is_told(api, alice, private, monkeypatch):
    client = api(alice)

    def down(*args, **kwargs):
        raise RedisDown

    monkeypatch.setattr(LocMemCache, "incr", down)
    assert ask(client)["forbidden"] is False


def test_a_colleague_is_told_that_rights_hid_something_and_nothing_else(api, alice, private):
    body = ask(api(alice))
    assert body["forbidden"] is True
    assert "Je ne sais pas" in body["answer"]
    assert "pas accès" in body["answer"]
    assert (body["sources"], body["citations"], body["confidence"]) == ([], [], 0.0)
    assert not any(word in str(body) for word in (private, "secret de Bob", "huit heures"))
    with tenant(alice.organization.pk):
        assert AuditLog.objects.filter(action_type="ask.hidden_told").count() == 1


def test_its_uploader_is_simply_answered(api, bob, private):
    body = ask(api(bob))
    assert (body["forbidden"], bool(body["citations"])) == (False, True)


def test_it_is_told_a_few_times_an_hour_only(api, alice, private):
    client = api(alice)
    told = [ask(client)["forbidden"] for _ in range(TOLD_PER_HOUR + 2)]
    assert told == [True] * TOLD_PER_HOUR + [False] * 2


@pytest.mark.parametrize(
    ("tried", "other"),
    [
        ("Le code du coffre est-il 4812 ?", "Le code du coffre est-il 9999 ?"),
        ("Quel est le code du coffre de Paul ?", "Quel est le code du coffre de Jean ?"),
    ],
)
def test_a_value_or_a_person_cannot_be_tried_out(api, alice, private, tried, other):
    assert common_words(tried, "fr") == common_words(other, "fr")
    client = api(alice)
    assert ask(client, tried)["forbidden"] == ask(client, other)["forbidden"]


@pytest.mark.parametrize("question", ["Paul ?", "4812 ?", "Le coffre de Paul", "BL-2024-0117 ?"])
def test_a_question_without_two_common_words_is_not_asked_of_hidden_documents(question):
    assert common_words(question, "fr") == ""
