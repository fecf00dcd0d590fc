"""The small page, in a real browser on a really running installation."""

import re

import pytest

from tests.e2e.documents import HEIGHT, KEYS, KEYS_BASELINE
from tests.e2e.visitor import EMAIL, PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("browser", "administrator")]
WHERE_ARE_THE_KEYS = "Où est conservé le double des clés ?"


def test_the_one_time_link_is_refused_once_used_and_when_forged(visit, first_link, installation):
    page = visit().page
    assert page.goto(first_link).status == 410
    assert page.get_by_role("heading", name="L’administrateur existe déjà").is_visible()
    assert page.goto(f"{installation.url}/first-run/forged/").status == 403
    assert page.get_by_role("heading", name="Ce lien n’est pas valable").is_visible()


def test_a_stranger_is_sent_to_sign_in_and_comes_back(visit, installation):
    visitor = visit()
    visitor.page.goto(f"{installation.url}/?c=none")
    visitor.page.wait_for_url(f"{installation.url}/login/?next=*")
    visitor.page.get_by_label("Adresse e-mail").fill(EMAIL)
    visitor.page.get_by_label("Mot de passe", exact=True).fill("not this one")
    visitor.page.get_by_role("button", name="Se connecter").click()
    alert = visitor.page.get_by_role("alert")
    alert.wait_for()
    assert "L’adresse ou le mot de passe ne correspond pas." in alert.inner_text()
    assert "Référence" in alert.inner_text()
    visitor.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    visitor.page.get_by_role("button", name="Se connecter").click()
    visitor.page.get_by_role("heading", name="Que voulez-vous savoir").wait_for()


def test_a_place_outside_is_no_place_to_go_after_signing_in(visit, installation):
    visitor = visit()
    visitor.page.goto(f"{installation.url}/login/?next=https://example.net/")
    visitor.page.locator("#email").fill(EMAIL)
    visitor.page.locator("#password").fill(PASSWORD)
    visitor.page.locator("form#form [type=submit]").click()
    visitor.page.wait_for_url(f"{installation.url}/")


def test_a_french_pdf_is_uploaded_asked_and_its_cited_line_is_marked_on_its_page(alice, files):
    alice.upload(files["contract"])
    alice.ready("Contrat du Parc")
    card = alice.ask(WHERE_ARE_THE_KEYS)
    assert KEYS in card.locator(".answer").inner_text()
    assert "[DOC:" not in card.inner_text()
    assert "Confiance" in card.locator(".made").inner_text()
    card.get_by_role("button", name=re.compile("^Citation 1 : Contrat du Parc, page 2")).click()
    dialog = alice.page.get_by_role("dialog", name="Contrat du Parc")
    box = dialog.locator("figure rect").first
    box.wait_for()
    assert "Page 2 sur 2" in dialog.inner_text().replace("\xa0", " ")
    top, height = (float(box.get_attribute(name)) for name in ("y", "height"))
    assert top < HEIGHT - KEYS_BASELINE < top + height, "the box stands on another line"
    picture, drawn = dialog.locator("figure img").bounding_box(), box.bounding_box()
    share = (drawn["y"] + drawn["height"] / 2 - picture["y"]) / picture["height"]
    assert share == pytest.approx((HEIGHT - KEYS_BASELINE - 4) / HEIGHT, abs=0.005), "the box is drawn elsewhere"
    alice.page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert card.get_by_role("button", name=re.compile("^Citation 1")).evaluate("e => e === document.activeElement")


def test_what_is_not_in_the_documents_is_said_to_be_unknown(alice, files):
    alice.upload(files["contract"])
    alice.ready("Contrat du Parc")
    card = alice.ask("Qui a gagné la coupe du monde de football en 1998 ?")
    assert card.get_by_role("heading", name="Je ne sais pas").is_visible()
    assert card.locator(".problem, .mark").count() == 0
    card.get_by_role("button", name="Reformuler").click()
    assert alice.page.locator("#question").input_value().startswith("Qui a gagné")


def test_a_conversation_is_there_again_after_a_reload(alice, files):
    alice.upload(files["contract"])
    alice.ready("Contrat du Parc")
    alice.ask(WHERE_ARE_THE_KEYS)
    alice.page.reload()
    card = alice.page.locator(".exchange").filter(has_text=WHERE_ARE_THE_KEYS)
    card.locator(".mark").first.wait_for()
    assert "Confiance" in card.inner_text()


def test_the_passage_of_a_text_is_shown_with_the_quote_marked(alice, files):
    alice.upload(files["house_rules"])
    alice.ready("Consignes")
    card = alice.ask("Quand la piscine est-elle fermée ?")
    card.locator(".mark").first.click()
    marked = alice.page.locator("dialog mark")
    marked.wait_for()
    assert "du 1er octobre au 30 avril" in marked.inner_text()


def test_a_damaged_file_and_a_program_are_refused_in_the_readers_words(alice, files):
    alice.upload(files["damaged"], files["program"])
    row = alice.row("Abîmé")
    row.locator(".row-error").wait_for()
    assert row.locator(".row-error").inner_text() == "Ce fichier est abîmé : il ne peut pas être lu.".replace(
        " :", "\xa0:"
    )
    refused = alice.page.locator("#uploads .row-error")
    refused.wait_for()
    assert refused.inner_text().startswith("Ce genre de fichier n’est pas lu")
    assert "false" not in alice.page.locator("#uploads").inner_text()
    assert alice.page.locator("#uploads .row").bounding_box()["width"] == row.bounding_box()["width"]
    assert row.get_by_role("button", name="Réindexer").count() == 0


def test_a_deleted_document_comes_back_with_undo(alice, files):
    alice.upload(files["parking"])
    alice.ready("Parking")
    alice.row("Parking").get_by_label("Actions pour Parking").click()
    alice.row("Parking").get_by_role("button", name="Supprimer").click()
    undo = alice.page.get_by_role("button", name="Annuler")
    undo.hover()  # pointed at, the message waits for as long as a slow machine takes
    alice.row("Parking").wait_for(state="detached")
    undo.click()
    alice.ready("Parking")


def test_a_document_is_indexed_again_and_stays_answerable(alice, files):
    alice.upload(files["contract"])
    alice.ready("Contrat du Parc")
    alice.row("Contrat du Parc").get_by_label("Actions pour Contrat du Parc").click()
    alice.row("Contrat du Parc").get_by_role("button", name="Réindexer").click()
    alice.page.get_by_text("va être réindexé").wait_for()
    assert alice.ask(WHERE_ARE_THE_KEYS).locator(".mark").count() >= 1
    alice.row("Contrat du Parc").locator("progress").wait_for(state="detached")


def test_two_tabs_keep_one_session_and_signing_out_ends_it(alice):
    tabs = [alice.page, *(alice.open() for _ in range(3))]
    for _ in range(2):
        for tab in tabs:
            tab.goto(alice.url, wait_until="commit")
        for tab in tabs:
            tab.locator("#documents:not([aria-busy])").wait_for()
            assert tab.url == f"{alice.url}/"
    alice.page.get_by_role("button", name="Se déconnecter").click()
    alice.page.wait_for_url("**/login/")
    alice.page.goto(alice.url)
    alice.page.wait_for_url("**/login/?next=*")


def test_leaving_while_the_session_is_renewed_does_not_end_it(alice):
    for pause in (10, 40, 80, 120, 160, 200):
        alice.page.goto(alice.url, wait_until="commit")
        alice.page.wait_for_timeout(pause)
    alice.page.goto(alice.url)
    alice.page.locator("#documents:not([aria-busy])").wait_for()
    assert alice.page.url == f"{alice.url}/"


def test_a_server_that_fails_is_named_with_its_reference_and_can_be_tried_again(alice):
    answer = {"code": "unavailable", "detail": "x", "request_id": "abc12345"}
    alice.page.route("**/api/v1/ask/stream/", lambda route: route.fulfill(status=503, json=answer), times=1)
    card = alice.ask("Quand passe le facteur ?")
    assert "abc12345" in card.get_by_role("alert").inner_text()
    card.get_by_role("button", name="Réessayer").click()
    card.locator(".made, .unknown").first.wait_for()
    assert card.get_by_role("alert").count() == 0


@pytest.mark.parametrize(("locale", "answer"), [("fr-FR", "Je ne sais pas"), ("en-GB", "I don’t know")])
def test_nothing_scrolls_sideways_on_a_phone(visit, files, locale, answer):
    visitor = visit(locale=locale, width=390, has_touch=True)
    visitor.sign_in()
    assert not visitor.scrolls_sideways()
    visitor.upload(files["contract"])
    visitor.ready("Contrat du Parc")
    assert answer in visitor.ask("Wer hat die Sixtinische Kapelle ausgemalt?").inner_text()
    visitor.ask(WHERE_ARE_THE_KEYS).locator(".mark").first.click()
    visitor.page.locator("dialog rect").first.wait_for()
    assert not visitor.scrolls_sideways()


def test_the_language_is_the_browsers_until_another_is_chosen(visit, installation):
    page = visit(locale="en-GB").page
    page.goto(f"{installation.url}/login/")
    assert page.get_by_role("heading", name="Sign in").is_visible()
    page.get_by_role("button", name="Français").click()
    page.get_by_role("heading", name="Se connecter").wait_for()
    assert page.url == f"{installation.url}/login/"
    page.get_by_role("link", name="Mot de passe oublié").click()
    assert page.locator("html").get_attribute("lang") == "fr"


def test_whoever_belongs_to_two_organizations_chooses_and_is_remembered(visit, installation, alice, files):
    installation.manage("load_demo")
    alice.page.reload()
    choice = alice.page.get_by_label("Organisation", exact=True)
    choice.wait_for()
    choice.select_option("Conciergerie des Lilas (démonstration)")
    alice.ready("Tarifs de la conciergerie 2026")
    alice.upload(files["contract"])
    alice.ready("Contrat du Parc")
    alice.page.reload()
    alice.ready("Tarifs de la conciergerie 2026")
    assert alice.row("Contrat du Parc").count() == 1
    alice.page.evaluate("localStorage.setItem('passepartout.organization', '01a20531-0f21-79c7-89af-bd64991569fe')")
    alice.page.reload()
    alice.page.locator("#documents:not([aria-busy])").wait_for()
    assert choice.locator("option:checked").inner_text() == "Conciergerie du Parc"
    assert alice.row("Tarifs de la conciergerie 2026").count() == 0


def test_a_forgotten_password_is_replaced_through_the_mailed_link_once(visit, installation):
    word = {"EMAIL": "bob@example.org", "first": "un premier mot de passe", "second": "un second mot de passe"}
    command = ("create_owner", "--email", word["EMAIL"], "--organization", "Logistique du Nord", "--password-stdin")
    installation.manage(*command, stdin=word["first"])
    visitor = visit()
    visitor.page.goto(f"{installation.url}/password/")
    visitor.page.get_by_label("Adresse e-mail").fill(word["EMAIL"])
    visitor.page.get_by_role("button", name="Recevoir le lien").click()
    visitor.page.get_by_text("un lien vient de lui être envoyé").wait_for()
    link = installation.mailed_link()
    visitor.page.goto(link)
    visitor.page.get_by_label("Nouveau mot de passe").fill(word["second"])
    visitor.page.get_by_role("button", name="Enregistrer").click()
    visitor.page.get_by_text("Votre mot de passe est enregistré.").wait_for()
    visitor.sign_in(word["EMAIL"], word["second"])
    visitor.page.goto(link)
    visitor.page.get_by_label("Nouveau mot de passe").fill("un troisième mot de passe")
    visitor.page.get_by_role("button", name="Enregistrer").click()
    visitor.page.get_by_text("Ce lien n’est plus valable. Demandez-en un autre.").wait_for()
