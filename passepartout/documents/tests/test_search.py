"""GET /api/v1/search/: one retrieval for search and ask, inside what the caller may see."""

import pytest

from engines.embeddings.http import HttpEmbedder
from passepartout.documents import lexical, retrieval
from passepartout.documents.factories import indexed
from passepartout.documents.models import Document
from passepartout.kernel.scope import tenant
from passepartout.tenancy.factories import colleague

pytestmark = pytest.mark.django_db
URL = "/api/v1/search/"


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def pool(client, alice):
    return indexed(client, alice, "La piscine ouvre à huit heures du matin.", "piscine.txt")


@pytest.fixture
def away(monkeypatch):
    """An embedding service that nobody listens for."""
    nobody = HttpEmbedder("http://127.0.0.1:9", timeout=1)
    monkeypatch.setattr(retrieval, "question_embedder", lambda: nobody)
    yield
    nobody.close()


def search(client, words, **more):
    return client.get(URL, {"q": words, **more})


def found(client, words):
    return [hit["document"] for hit in search(client, words).json()["results"]]


@pytest.mark.parametrize(
    ("words", "code"), [("", "question_empty"), ("  \n ", "question_empty"), ("?!…", "question_empty"),
                        ("\x00", "question_empty"), ("a" * 10_000, "question_too_long")],
)  # fmt: skip
def test_a_question_that_cannot_be_one_is_refused(client, words, code):
    answer = search(client, words)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize("limit", ["0", "51", "-1", "x", "", "00051", "0005000", "9" * 5000])
def test_a_limit_out_of_bounds_is_refused(client, limit):
    answer = search(client, "piscine", limit=limit)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")


def test_another_organization_finds_nothing(api, charlie, pool):
    assert found(api(charlie), "piscine") == []


def test_a_private_document_is_found_by_its_uploader_alone(api, alice, bob):
    ident = indexed(api(bob), bob, "Le coffre est derrière le tableau.", visibility="private")
    assert found(api(alice), "coffre") == []
    assert found(api(bob), "coffre") == [ident]


def test_an_auditor_does_not_search(api, alice, pool):
    assert search(api(colleague(alice, "a@example.org", "auditor")), "piscine").status_code == 403


def test_what_is_hidden_between_search_and_answer_is_not_answered(api, client, bob, pool, monkeypatch):
    """Visibility is asked again when the chunks are read."""
    real = lexical.search

    def made_private_meanwhile(*args, **kwargs):
        hits = real(*args, **kwargs)
        Document.objects.filter(pk=pool).update(visibility="private")
        return hits

    monkeypatch.setattr(lexical, "search", made_private_meanwhile)
    assert found(api(bob), "piscine") == []


def test_it_finds_by_word_by_stem_by_meaning_and_across_accents(client, pool):
    for words in ("piscine", "PISCINES", "matins", "when does the swimming pool open"):
        assert found(client, words) == [pool], words


def test_a_hit_says_where_it_stands(client, pool):
    body = search(client, "piscine ?").json()
    (hit,) = body["results"]
    assert (body["query"], body["engines"]) == ("piscine ?", ["bm25", "dense"])
    assert hit["label"] == f"[DOC:{pool}-1]"
    assert (hit["title"], hit["part"], hit["page"], hit["page_to"]) == ("piscine", 1, 1, 1)
    assert 0 < hit["similarity"] <= 1


def test_the_language_of_the_question_is_said(client, pool):
    assert search(client, "À quelle heure ouvre la piscine ?").json()["language"] == "fr"
    assert search(client, "When does the pool open in the morning?").json()["language"] == "en"


def test_while_the_embedding_service_is_away_words_alone_find_and_it_says_so(client, pool, away):
    body = search(client, "piscine").json()
    assert body["engines"] == ["bm25"]
    assert [(hit["document"], hit["similarity"]) for hit in body["results"]] == [(pool, 0.0)]


def test_best_hits_come_first_and_the_limit_holds(client, alice):
    idents = [indexed(client, alice, f"Note {n}. " + "La piscine est chauffée. " * n, f"{n}.txt") for n in range(1, 5)]
    body = search(client, "piscine chauffée", limit=3).json()
    scores = [hit["score"] for hit in body["results"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert {hit["document"] for hit in body["results"]} <= set(idents)


def test_a_score_tells_nothing_of_documents_that_one_may_not_see(api, client, alice, bob, pool):
    before = search(client, "piscine").json()["results"][0]["score"]
    indexed(api(bob), bob, "Piscine, piscine, piscine.", visibility="private")
    with tenant(alice.organization.pk):
        assert Document.objects.count() == 2
    assert search(client, "piscine").json()["results"][0]["score"] == before
