"""The application's assistant: asked, streamed, stopped, checked against its page, and honest about what it lacks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contracts.model_server import ModelServer, model_server
from tests.e2e import documents
from tests.e2e.api import indexed
from tests.e2e.documents import KEYS
from tests.e2e.installation import Installation, missing_services, running_installation
from tests.e2e.test_streamed_answers import HOSTILE, INVENTED, TRUE, WHERE_ARE_THE_KEYS, words

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("application_administrator")]
NO_ANSWER = "Qui a gagné la coupe du monde de rugby ?"


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture(scope="module")
def application(
    browser: Any, pages: Any, model: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    if missing := missing_services():
        pytest.skip(f"needs the services of ./run test; not set: {missing}")
    named = {
        "FRONTEND_DIR": str(pages),
        "LLM_URL": model.url,
        "LLM_MODEL": "scripted",
        "LLM_TIMEOUT_SECONDS": "30",
        "LLM_FIRST_TOKEN_SECONDS": "10",
    }
    with running_installation(tmp_path_factory.mktemp("assistant"), **named) as running:
        yield running


@pytest.fixture(scope="module")
def contract(application: Installation, application_administrator: None, tmp_path_factory: Any) -> str:
    return indexed(application.url, documents.contract(tmp_path_factory.mktemp("contract")))


@pytest.fixture
def rules(application: Installation, contract: str, tmp_path: Any) -> str:
    """A second document, which says nothing of keys."""
    return indexed(application.url, documents.house_rules(tmp_path))


@pytest.fixture
def reader(read: Any, contract: str) -> Any:
    reader = read()
    reader.sign_in()
    reader.go("/assistant")
    return reader


def ask(reader: Any, question: str = WHERE_ARE_THE_KEYS) -> Any:
    """The turn of the question, as soon as it is asked."""
    box = reader.page.locator("textarea")
    box.fill(question)
    box.press("Enter")
    return reader.page.locator("article").last


def test_words_appear_as_they_are_written_and_a_citation_opens_its_page_with_the_words_marked(reader, model):
    model.script, model.pause = words("**Oui.** " + TRUE + INVENTED + HOSTILE), 0.05
    page = reader.page
    turn = ask(reader)
    draft = turn.locator("[data-draft]")
    draft.get_by_text("Oui").wait_for()
    page.get_by_role("button", name="Arrêter").wait_for()
    answer = turn.locator("[data-answer]")
    answer.wait_for()
    assert answer.locator(".answer-text").locator("img, script, a").count() == 0
    assert "DOC:" not in turn.inner_text()
    assert "4812" in " ".join(answer.locator(".doubtful").all_inner_texts())
    assert "scripted" in answer.locator("[data-engine]").inner_text()
    assert page.get_by_role("status").filter(has_text="La réponse est prête, avec une citation").count() == 1
    citation = answer.locator(".cite")
    citation.focus()
    assert KEYS.split()[0] in page.locator("[data-card]").inner_text()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Contrat du Parc")
    drawer.locator("figure rect").first.wait_for()
    assert "2 sur 2" in drawer.inner_text()
    reader.settled()
    assert reader.barriers() == []
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached")
    assert citation.evaluate("mark => mark === document.activeElement")


def test_a_question_in_english_is_answered_in_english_on_an_english_page(read, contract, model):
    model.script, model.pause = words("Un double des clés est conservé."), 0.0
    reader = read(locale="en-GB")
    reader.sign_in()
    reader.go("/assistant")
    turn = ask(reader, "Where is the spare key kept, in which safe?")
    turn.locator("[data-answer], [data-unknown]").first.wait_for()
    assert reader.page.get_by_role("button", name="Ask", exact=True).count() == 1


def test_stop_frees_the_model_and_keeps_what_was_said(reader, model):
    model.script, model.pause = words("Un double des clés est conservé. ", times=2_000), 0.05
    turn = ask(reader)
    turn.locator("[data-draft]").wait_for()
    reader.page.get_by_role("button", name="Arrêter").click()
    turn.get_by_text("Arrêté ici, à votre demande.").wait_for()
    assert model.freed_within(1)
    reader.page.reload()
    reader.page.get_by_text("Arrêté ici, à votre demande.").wait_for()
    assert reader.page.get_by_role("heading", name=WHERE_ARE_THE_KEYS).count() == 1


def test_going_to_another_page_frees_the_model(reader, model):
    model.script, model.pause = words("Un double des clés est conservé. ", times=2_000), 0.05
    ask(reader).locator("[data-draft]").wait_for()
    reader.page.get_by_role("link", name="Accueil").click()
    assert model.freed_within(2)


def test_what_is_not_known_is_said_with_what_to_do_now(reader, model):
    model.script, model.pause = words("Je ne sais pas."), 0.0
    page = reader.page
    turn = ask(reader, NO_ANSWER)
    unknown = turn.locator("[data-unknown]")
    unknown.get_by_role("heading", name="Je ne sais pas").wait_for()
    assert unknown.get_by_role("link", name="Écrire à un collègue").get_attribute("href").startswith("mailto:?subject=")
    assert reader.barriers() == []
    unknown.get_by_role("button", name="Reformuler").click()
    assert page.locator("textarea").input_value() == NO_ANSWER
    assert page.locator("textarea").evaluate("field => field === document.activeElement")


def test_a_question_to_the_data_shows_what_is_proposed(reader, model):
    model.script, model.pause = words("Je ne sais pas."), 0.0
    turn = ask(reader, "Combien de documents ont échoué ce mois-ci ?")
    card = turn.locator("[data-proposal]")
    card.get_by_text("Attend une approbation").wait_for()
    assert "Lit les documents" in card.inner_text()
    assert card.get_by_text("Lecture").count() == 1
    assert card.get_by_role("link", name="Voir la proposition").get_attribute("href").startswith("/approvals/")


def test_a_document_can_be_asked_alone_and_the_address_keeps_it(reader, rules, model):
    model.script, model.pause = words(TRUE), 0.0
    page = reader.page
    page.get_by_role("button", name="Chercher dans").click()
    page.get_by_role("radio", name="Certains documents").click()
    page.get_by_role("button", name="Choisir des documents").click()
    page.get_by_role("option", name="Consignes").click()
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/assistant?document={rules}")
    page.reload()
    page.get_by_role("button", name="Chercher dans : Consignes").wait_for()
    unknown = ask(reader).locator("[data-unknown]")
    unknown.get_by_text("Rien dans ce que vous avez choisi").wait_for()
    unknown.get_by_role("button", name="Chercher dans tous les documents").click()
    page.locator("[data-answer]").wait_for()
    assert "document=" not in page.url


def test_a_conversation_is_kept_found_renamed_and_deleted(reader, model):
    model.script, model.pause = words(TRUE), 0.0
    page = reader.page
    ask(reader, "Où est le double des clés du mirador ?").locator("[data-answer], [data-unknown]").first.wait_for()
    listed = page.get_by_role("complementary", name="Conversations")
    listed.get_by_role("searchbox").fill("MIRADOR")
    item = listed.get_by_role("listitem").filter(has_text="mirador")
    item.wait_for()
    listed.get_by_role("searchbox").fill("rien de tel")
    listed.get_by_role("button", name="Effacer les filtres").click()
    item.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Renommer").click()
    field = listed.get_by_role("textbox", name="Renommer")
    field.fill("Clés du mirador")
    field.press("Enter")
    item = listed.get_by_role("listitem").filter(has_text="Clés du mirador")
    item.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Supprimer").click()
    page.get_by_role("dialog").get_by_role("button", name="Supprimer").click()
    item.wait_for(state="detached")
    page.wait_for_url("**/assistant")


def test_a_server_that_is_away_is_said_so_and_the_question_can_be_asked_again(reader, model):
    model.script, model.pause = words(TRUE), 0.0
    page = reader.page
    page.route("**/api/v1/ask/stream/", lambda route: route.abort())
    turn = ask(reader)
    turn.get_by_role("alert").get_by_text("Le serveur ne répond pas").wait_for()
    page.unroute("**/api/v1/ask/stream/")
    turn.get_by_role("button", name="Réessayer").click()
    page.locator("[data-answer]").wait_for()
    assert page.get_by_role("heading", name=re.compile("double des clés")).count() == 1
