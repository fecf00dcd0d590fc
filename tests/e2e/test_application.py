"""The application of frontend/, in a real browser on a really running installation."""

import gzip
import re

import httpx
import pytest

from tests.e2e.app import initial_files
from tests.e2e.visitor import EMAIL, PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.live]
BUDGET = 300 * 1024  # of what loads before anything is drawn, compressed


def test_the_one_time_link_makes_the_first_administrator_who_is_then_at_home(read, application):
    reader = read()
    link = application.url + application.manage("first_run_link").strip()
    reader.page.goto(link)
    reader.settled()
    assert reader.barriers() == []
    assert not reader.scrolls_sideways()
    reader.page.get_by_label("Nom de l’organisation").fill("Conciergerie du Parc")
    reader.page.get_by_label("de la conciergerie").check()
    reader.page.get_by_label("Adresse e-mail").fill(EMAIL)
    reader.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    reader.page.get_by_role("button", name="Créer et se connecter").click()
    reader.page.get_by_role("heading", name="Bonjour, Conciergerie du Parc").wait_for()
    assert reader.page.goto(link).status == 410


@pytest.mark.usefixtures("application_administrator")
class TestTheApplication:
    def test_its_frame_is_stored_nowhere_its_parts_for_good_and_no_script_is_inline(self, application):
        frame = httpx.get(application.url)
        assert "no-store" in frame.headers["Cache-Control"]
        assert "script-src 'self'" in frame.headers["Content-Security-Policy"]
        assert "unsafe" not in frame.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", frame.text)
        (entry,) = re.findall(r'<script type="module"[^>]* src="([^"]+)"', frame.text)
        part = httpx.get(application.url + entry, headers={"Accept-Encoding": "gzip"})
        assert "immutable" in part.headers["Cache-Control"]
        assert part.headers["Content-Encoding"] == "gzip"

    def test_any_address_of_it_can_be_opened_and_programs_still_hear_that_it_is_unknown(self, application):
        browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        assert httpx.get(f"{application.url}/nowhere/at/all", headers=browser).status_code == 200
        assert httpx.get(f"{application.url}/nowhere/at/all").status_code == 404
        assert httpx.get(f"{application.url}/api/v1/nowhere/", headers=browser).status_code == 404
        assert httpx.get(f"{application.url}/assets/old-12345678.js", headers=browser).status_code == 404

    def test_what_loads_first_is_small(self, pages):
        sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in initial_files(pages)}
        assert sum(sizes.values()) <= BUDGET, sizes

    def test_a_stranger_signs_in_and_comes_back(self, read, application):
        page = (reader := read()).page
        page.goto(f"{application.url}/profile")
        page.wait_for_url("**/login?next=/profile")
        page.get_by_label("Adresse e-mail").fill(EMAIL)
        page.get_by_label("Mot de passe", exact=True).fill("not this one")
        page.get_by_role("button", name="Se connecter").click()
        page.get_by_text("L’adresse ou le mot de passe ne correspond pas.").wait_for()
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url("**/profile")
        page.get_by_text("Conciergerie du Parc").first.wait_for()
        reader.settled()

    def test_a_session_that_ends_does_not_lose_the_page_and_what_was_refused_goes_on(self, read):
        page = (reader := read()).page
        ended = {"status": 401, "json": {"code": "token_expired", "detail": "x", "request_id": "abc12345"}}
        for path in ("**/api/v1/usage/", "**/api/v1/auth/refresh/"):
            page.route(path, lambda route: route.fulfill(**ended), times=1)
        page.goto(f"{reader.url}/login")
        page.evaluate("window.kept = true")
        page.get_by_label("Adresse e-mail").fill(EMAIL)
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        dialog = page.get_by_role("dialog", name="Votre session a pris fin")
        dialog.wait_for()
        assert reader.barriers() == []
        assert dialog.get_by_label("Adresse e-mail").input_value() == EMAIL
        dialog.get_by_label("Mot de passe").fill(PASSWORD)
        dialog.get_by_role("button", name="Se reconnecter").click()
        page.get_by_text("Formule Entreprise").wait_for()
        assert page.evaluate("window.kept")

    def test_a_server_that_fails_is_named_with_its_reference_and_can_be_tried_again(self, read):
        reader = read()
        answer = {"code": "unavailable", "detail": "x", "request_id": "abc12345"}
        reader.page.route("**/api/v1/usage/", lambda route: route.fulfill(status=503, json=answer))
        reader.sign_in()
        alert = reader.page.get_by_role("alert").filter(has_text="abc12345")
        alert.wait_for(timeout=30_000)
        reader.page.unroute("**/api/v1/usage/")
        alert.get_by_role("button", name="Réessayer").click()
        reader.page.get_by_text("Formule Entreprise").wait_for()

    def test_language_and_theme_are_chosen_and_kept(self, read):
        page = (reader := read()).page
        reader.sign_in()
        reader.go("/profile")
        page.get_by_label("English").click()
        page.get_by_role("heading", name="Profile").first.wait_for()
        assert page.locator("html").get_attribute("lang") == "en"
        page.get_by_label("Dark").click()
        page.locator("html.dark").wait_for()
        page.reload()
        page.locator("html.dark[lang=en]").wait_for()

    def test_the_keyboard_reaches_every_page(self, read):
        page = (reader := read()).page
        reader.sign_in()
        page.keyboard.press("Control+k")
        page.get_by_role("dialog").get_by_role("option", name="Accueil").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Raccourcis clavier").wait_for()
        page.keyboard.press("Escape")
        page.reload()
        reader.settled()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"

    def test_signing_out_ends_it(self, read, application):
        page = (reader := read()).page
        reader.sign_in()
        page.get_by_role("button", name=EMAIL).click()
        page.get_by_role("menuitem", name="Se déconnecter").click()
        page.wait_for_url(f"{application.url}/login/")
        page.goto(application.url)
        page.wait_for_url("**/login")
