"""The application's frame, where it was built."""

import pytest
from django.http import Http404

from passepartout.config.pages import app
from passepartout.tenancy import first_run

pytestmark = pytest.mark.django_db
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def _built(settings, tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html><title>the application</title>")
    settings.FRONTEND_DIR = tmp_path


@pytest.mark.usefixtures("_built")
@pytest.mark.parametrize("address", ["/", "/login/", "/password/", "/password/who/what/"])
def test_it_answers_where_the_small_page_did_and_is_stored_nowhere(client, address):
    answer = client.get(address)
    assert "the application" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.usefixtures("_built")
def test_the_small_page_stays_beside_it(client):
    assert "the application" not in client.get("/simple/").content.decode()


@pytest.mark.usefixtures("_built")
def test_a_one_time_link_is_judged_before_the_application_is_shown(client, request):
    assert client.get("/first-run/forged/").status_code == 403
    link = f"/first-run/{first_run.token()}/"
    assert "the application" in client.get(link).content.decode()
    request.getfixturevalue("alice")
    assert client.get(link).status_code == 410


@pytest.mark.usefixtures("_built")
def test_other_addresses_are_the_applications_for_browsers_and_unknown_for_programs(rf):
    assert app.somewhere(rf.get("/documents", headers=BROWSER)).status_code == 200
    with pytest.raises(Http404):
        app.somewhere(rf.get("/documents"))
    assert app.somewhere(rf.post("/documents", headers=BROWSER)).status_code == 405


def test_where_it_was_not_built_other_addresses_are_unknown(rf):
    with pytest.raises(Http404):
        app.somewhere(rf.get("/documents", headers=BROWSER))
