"""The frames that the server renders."""

import re

import pytest

from passepartout.tenancy import first_run

pytestmark = pytest.mark.django_db
OPEN = ["/", "/simple/", "/login/", "/password/", "/password/who/what/"]


@pytest.mark.parametrize("address", OPEN)
def test_a_frame_is_stored_nowhere_and_holds_no_inline_script_or_style(client, address):
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*(?: src=|application/json))|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


@pytest.mark.parametrize(("asked", "language"), [("fr", "fr"), ("en-GB,en;q=0.9", "en"), ("de", "fr"), ("", "fr")])
def test_the_page_speaks_the_browsers_language_or_french(client, asked, language):
    assert f'<html lang="{language}">' in client.get("/login/", headers={"accept-language": asked}).content.decode()


def test_a_forged_first_run_link_is_refused_in_words(client):
    answer = client.get("/first-run/forged/")
    assert answer.status_code == 403
    assert "<form id=" not in answer.content.decode()


def test_a_good_first_run_link_gives_the_form_until_somebody_exists(client, request):
    link = f"/first-run/{first_run.token()}/"
    assert client.get(link).status_code == 200
    request.getfixturevalue("alice")
    assert client.get(link).status_code == 410


def test_a_token_in_the_address_cannot_become_markup(client):
    page = client.get("/password/%22%3E%3Cscript%3E/x/").content.decode()
    assert '"><script>' not in page


def test_a_language_is_remembered_and_leads_back(client):
    answer = client.post("/language/en/?next=/login/%3Fnext%3D/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/")
    cookie = answer.cookies["django_language"]
    assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("en", "Lax", True)
    assert '<html lang="en">' in client.get("/login/").content.decode()


@pytest.mark.parametrize(
    "outside", ["https://example.net/", "//example.net/", "javascript:alert(1)", "\\\\example.net"]
)
def test_choosing_a_language_leads_to_no_other_site(client, outside):
    assert client.post("/language/en/", query_params={"next": outside})["Location"] == "/"


def test_an_unknown_language_is_not_found_and_reading_changes_nothing(client):
    assert client.post("/language/xx/").status_code == 404
    assert client.get("/language/en/").status_code == 405


@pytest.mark.parametrize("address", OPEN)
def test_a_frame_takes_no_writing(client, address):
    assert client.post(address).status_code == 405
