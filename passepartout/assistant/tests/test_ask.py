"""POST /api/v1/ask/: every sentence cited, or "I don't know"; only what the caller may see."""

import re

import pytest

from engines.embeddings.http import HttpEmbedder
from engines.errors import EngineTimeout
from engines.text import Answer, Passage, Quote, extractive
from passepartout.assistant import answering
from passepartout.assistant.citations import cite
from passepartout.assistant.models import Conversation, Message
from passepartout.billing.plans import ENTERPRISE, PLANS
from passepartout.documents import retrieval
from passepartout.documents.factories import indexed
from passepartout.documents.retrieval import Found
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import tenant
from passepartout.llm.models import LlmJob
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/ask/"
RULES = (
    "La piscine ouvre à huit heures et ferme à vingt heures. Les animaux sont interdits dans le jardin. "
    "Le code du portail est le 4812. Le ménage coûte quarante euros par séjour."
)
LEASE = "The deposit is returned within thirty days. Smoking is not allowed in the apartment. Rent is due on the fifth."
QUESTION = "À quelle heure ouvre la piscine ?"
LABEL = re.compile(r"\[DOC:([0-9a-f-]{36})-(\d+)\]")


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def rules(client, alice):
    return indexed(client, alice, RULES, "règlement.txt")


@pytest.fixture
def lease(client, alice):
    return indexed(client, alice, LEASE, "lease.txt")


def ask(client, question=QUESTION, **more):
    return client.post(URL, {"question": question, **more})


def kept(person, model):
    with tenant(person.organization.pk):
        return model.objects.count()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": "  …?! "}, "question"),
        ({"question": "a" * 10_000}, "question"),
        ({"question": "a" * 30_000}, "question"),
        ({"question": "un\x00deux"}, "question"),
        ({"question": ["?"]}, "question"),
        ({"question": QUESTION, "top_k": 0}, "top_k"),
        ({"question": QUESTION, "top_k": 21}, "top_k"),
        ({"question": QUESTION, "top_k": 10**30}, "top_k"),
        ({"question": QUESTION, "language": "de"}, "language"),
        ({"question": QUESTION, "conversation": "x"}, "conversation"),
        ({"question": QUESTION, "document_ids": []}, "document_ids"),
        ({"question": QUESTION, "document_ids": ["x"]}, "document_ids.0"),
        ({"question": QUESTION, "document_ids": "x"}, "document_ids"),
        ({"question": QUESTION, "document_ids": [str(new_id())] * 201}, "document_ids"),
    ],
)
def test_a_wrong_question_is_refused_and_nothing_is_kept(client, alice, body, field):
    answer = client.post(URL, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.content
    assert kept(alice, LlmJob) == kept(alice, Conversation) == 0


def test_half_a_character_is_refused(client):
    """A lone surrogate is legal in JSON and is no text: PostgreSQL could not store it."""
    answer = client.post(URL, b'{"question": "un \\ud800 deux"}', content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "question")


def test_another_organizations_document_and_none_look_the_same(api, client, charlie, rules):
    foreign = indexed(api(charlie), charlie, RULES)
    for ident in (foreign, str(new_id())):
        answer = ask(client, document_ids=[rules, ident])
        assert (answer.status_code, answer.json()["document_ids"]) == (404, [ident])


def test_another_users_conversation_is_not_there(api, client, bob, rules):
    theirs = ask(api(bob)).json()["conversation"]
    assert ask(client, conversation=theirs).status_code == 404
    assert client.get(f"/api/v1/conversations/{theirs}/messages/").status_code == 404
    assert client.delete(f"/api/v1/conversations/{theirs}/").status_code == 404
    assert client.get("/api/v1/conversations/").json()["results"] == []


@pytest.mark.parametrize("role", ["auditor", "provider_portal"])
def test_a_role_without_the_right_does_not_ask(api, alice, role):
    assert ask(api(colleague(alice, "x@example.org", role))).status_code == 403


def test_a_limit_of_the_plan_refuses(client, rules, monkeypatch):
    monkeypatch.setitem(PLANS[ENTERPRISE].limits, "asks_per_day", 1)
    assert ask(client).status_code == 200
    assert (ask(client).status_code, ask(client).json()["code"]) == (429, "plan_limit")


@pytest.mark.parametrize(
    ("question", "language"),
    [("Quel est le numéro du plombier de garde ?", "fr"), ("Who won the world cup in that year?", "en")],
)
def test_what_is_not_in_the_documents_is_not_known_in_the_language_of_the_question(
    client, rules, lease, question, language
):
    body = ask(client, question).json()
    assert (body["answer"], body["language"]) == (extractive.UNKNOWN[language], language)
    assert (body["citations"], body["confidence"]) == ([], 0.0)


def test_without_any_document_it_does_not_know(client):
    body = ask(client).json()
    assert (body["answer"], body["sources"]) == (extractive.UNKNOWN["fr"], [])


def test_another_organization_is_answered_from_nothing(api, charlie, rules):
    body = ask(api(charlie)).json()
    assert (body["answer"], body["sources"], body["citations"]) == (extractive.UNKNOWN["fr"], [], [])


def test_a_private_document_answers_its_uploader_alone(api, alice, bob):
    indexed(api(bob), bob, RULES, visibility="private")
    assert ask(api(alice)).json()["citations"] == []
    assert ask(api(bob)).json()["citations"] != []


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (QUESTION, "La piscine ouvre à huit heures et ferme à vingt heures."),
        ("Quel est le code du portail ?", "Le code du portail est le 4812."),
        ("When is the deposit returned?", "The deposit is returned within thirty days."),
        ("Is smoking allowed in the apartment?", "Smoking is not allowed in the apartment."),
    ],
)
def test_an_answer_is_a_sentence_of_the_documents_with_its_citation(client, rules, lease, question, words):
    body = ask(client, question).json()
    assert words in body["answer"]
    assert words in [citation["quote"] for citation in body["citations"]]
    assert 0 < body["confidence"] <= 1


def test_every_sentence_is_cited_word_for_word_from_a_source_of_this_request(client, rules, lease):
    for question in (QUESTION, "How much is the cleaning?", "Les animaux sont-ils admis ?", "When is rent due?"):
        body = ask(client, question).json()
        sources = {source["label"] for source in body["sources"]}
        labels = [f"[DOC:{doc}-{part}]" for doc, part in LABEL.findall(body["answer"])]
        assert labels == [citation["label"] for citation in body["citations"]]
        assert set(labels) <= sources
        said = [
            piece.strip() for piece in LABEL.sub("\n", body["answer"]).split("\n") if piece.strip() and len(piece) > 3
        ]
        if body["citations"]:
            quotes = [" ".join(citation["quote"].split()) for citation in body["citations"]]
            assert [line for line in said if not line.isdigit()][: len(quotes)] == quotes
        for citation in body["citations"]:
            chunks = client.get(f"/api/v1/documents/{citation['document']}/chunks/").json()
            assert citation["quote"] in next(c["text"] for c in chunks if c["part"] == citation["part"])


def test_asking_some_documents_only_leaves_the_others_out(client, rules, lease):
    body = ask(client, "When is the deposit returned?", document_ids=[rules]).json()
    assert {source["document"] for source in body["sources"]} == {rules}


def test_top_k_bounds_the_sources(client, alice):
    for number in range(4):
        indexed(client, alice, f"Note {number}. {RULES}", f"{number}.txt")
    assert len(ask(client, top_k=2).json()["sources"]) == 2


def test_the_language_may_be_said(client, rules):
    assert ask(client, "piscine", language="en").json()["language"] == "en"


def test_a_quote_of_another_request_or_with_other_words_is_never_cited(client, alice, rules):
    with tenant(alice.organization.pk):
        from passepartout.documents.models import Chunk

        chunk = Chunk.objects.select_related("doc").get()
    found = [Found(chunk, 1.0, 1.0)]
    passage = Passage(rules, 1, chunk.chunk_text, "fr", 1.0, 1.0)
    foreign = Passage(str(new_id()), 1, chunk.chunk_text, "fr", 1.0, 1.0)
    true = Quote(passage, 0, 10, chunk.chunk_text[:10])
    lies = [
        Quote(foreign, 0, 10, chunk.chunk_text[:10]),
        Quote(passage, 0, 10, "Invented.."),
        Quote(passage, 5, 15, chunk.chunk_text[:10]),
    ]
    assert [citation["quote"] for citation in cite([true, *lies], found)] == [chunk.chunk_text[:10]]


def test_an_answer_with_a_sentence_that_cannot_be_cited_is_not_given(client, rules, monkeypatch):
    real = extractive.judge

    def inventing(*args, **kwargs):
        answer = real(*args, **kwargs).answer
        assert answer is not None
        lie = Quote(answer.quotes[0].passage, 0, 9, "Invention")
        told = Answer(answer.text + " Invention", (*answer.quotes, lie), answer.confidence)
        return extractive.Judgement(told, 1.0)

    monkeypatch.setattr(extractive, "judge", inventing)
    body = ask(client).json()
    assert (body["answer"], body["citations"]) == (extractive.UNKNOWN["fr"], [])


def test_every_answer_leaves_a_row_that_tells_why(client, alice, rules):
    known, unknown = ask(client).json(), ask(client, "Qui a gagné la coupe ?", top_k=3).json()
    with tenant(alice.organization.pk):
        row = LlmJob.objects.get(pk=known["job"])
        assert (row.purpose, row.engine, row.model) == ("ask", "extractive", "all-MiniLM-L6-v2/fp32")
        assert (row.prompt, row.result, row.user_id) == (QUESTION, known["answer"], alice.user.pk)
        assert row.context_refs == [source["label"] for source in known["sources"]]
        assert row.parameters["retrieval"] == ["bm25", "dense"]
        assert (row.parameters["top_k"], row.parameters["language"]) == (6, "fr")
        assert row.latency_ms > 0
        assert LlmJob.objects.get(pk=unknown["job"]).confidence == 0


def test_a_conversation_keeps_questions_and_answers_in_order(client, alice, rules):
    first = ask(client).json()
    second = ask(client, "Quel est le code du portail ?", conversation=first["conversation"]).json()
    assert second["conversation"] == first["conversation"]
    messages = client.get(f"/api/v1/conversations/{first['conversation']}/messages/").json()
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert [messages[0]["text"], messages[1]["text"]] == [QUESTION, first["answer"]]
    assert messages[1]["citations"] == first["citations"]
    assert (messages[1]["id"], messages[1]["job"]) == (first["message"], first["job"])
    (listed,) = client.get("/api/v1/conversations/").json()["results"]
    assert (listed["id"], listed["title"]) == (first["conversation"], QUESTION)


def test_a_conversation_is_forgotten_and_the_record_of_answers_stays(client, alice, rules):
    body = ask(client).json()
    assert client.delete(f"/api/v1/conversations/{body['conversation']}/").status_code == 204
    assert client.get("/api/v1/conversations/").json()["results"] == []
    assert (kept(alice, Message), kept(alice, LlmJob)) == (0, 1)


@pytest.fixture
def away(monkeypatch):
    nobody = HttpEmbedder("http://127.0.0.1:9", timeout=1)
    monkeypatch.setattr(retrieval, "question_embedder", lambda: nobody)
    monkeypatch.setattr(answering, "question_embedder", lambda: nobody)
    yield
    nobody.close()


def test_while_the_embedding_service_is_away_it_answers_and_says_so(client, rules, away):
    body = ask(client).json()
    assert body["engines"] == ["bm25"]
    assert [source["document"] for source in body["sources"]] == [rules]


def test_an_embedding_service_that_goes_away_in_the_middle_breaks_nothing(client, rules, monkeypatch):
    def gone(texts):
        raise EngineTimeout("gone")

    class Leaving:
        embed = staticmethod(gone)

    monkeypatch.setattr(answering, "question_embedder", Leaving)
    assert ask(client).status_code == 200
