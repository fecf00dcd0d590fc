"""A visitor who errs reads a page; a program, and whoever calls the API, gets the problem."""

import pytest

from passepartout.config.pages import views
from tests.http.answers import problem

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "accept-language": "fr"}


@pytest.fixture
def _a_bug(client, monkeypatch):
    def broken(*args):
        raise ZeroDivisionError("the secret of the house")

    client.raise_request_exception = False
    monkeypatch.setattr(views, "url_has_allowed_host_and_scheme", broken)


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html;q=0.1,application/json", "image/png"])
def test_who_asks_for_no_page_gets_the_problem(client, accept):
    problem(client.get("/nowhere/", headers={"accept": accept}), 404, "not_found")


@pytest.mark.parametrize("address", ["/api/", "/api/v1/nowhere/", "/api/v1/documents/x/", "/api/v2/"])
def test_an_address_of_the_api_answers_a_problem_even_to_a_browser(client, address):
    problem(client.get(address, headers=BROWSER), 404, "not_found")


@pytest.mark.usefixtures("_a_bug")
def test_a_bug_is_told_without_a_word_about_the_code(client):
    answer = client.post("/language/en/", headers=BROWSER)
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Une erreur est survenue de notre côté" in page
    assert answer["X-Request-ID"] in page
    assert "secret" not in page
    assert "ZeroDivision" not in page


@pytest.mark.parametrize(("language", "title"), [("fr", "Cette page n’existe pas"), ("en", "There is no such page")])
def test_an_unknown_address_is_a_page_in_the_visitors_language(client, language, title):
    answer = client.get("/nowhere/", headers=BROWSER | {"accept-language": language})
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert f'<html lang="{language}">' in page
    assert title in page
    assert answer["X-Request-ID"] in page
    assert "no-store" in answer["Cache-Control"]
    assert "Accept" in answer["Vary"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_what_was_typed_cannot_become_markup(client):
    page = client.get("/%22%3E%3Cscript%3Ealert(1)%3C/script%3E/?%22%3E%3Cscript%3E", headers=BROWSER).content.decode()
    assert "<script>alert" not in page
    assert '"><script>' not in page


def test_a_host_that_is_not_ours_is_a_page_that_says_so_and_no_more(client):
    answer = client.get("/login/", headers=BROWSER | {"host": "elsewhere.example.net"})
    assert answer.status_code == 400
    assert "Cette demande ne peut pas être lue" in answer.content.decode()
    assert "elsewhere" not in answer.content.decode()
