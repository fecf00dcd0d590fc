"""The screens of documents, on a really running installation: files are followed, found, read and put away."""

import re
from urllib.parse import quote

import pytest

from tests.e2e import documents
from tests.e2e.visitor import PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("application_administrator")]
TICKETS = "**/api/v1/realtime/tickets/"
AWAY = {"code": "unavailable", "detail": "x", "request_id": "abc12345"}
CHARLIE = "charlie@example.org"
LATE = 90_000  # milliseconds: ten files, on a machine that does other things


def note(folder, name, lines=60):
    path = folder / f"{name}.md"
    path.write_text(
        "\n\n".join(f"{name}, article {n} : le portail s'ouvre avec le badge {n}." for n in range(lines)),
        encoding="utf-8",
    )
    return path


def send(reader, *paths):
    reader.page.locator("main input[type=file], header input[type=file], input[type=file]").first.set_input_files(
        [str(path) for path in paths]
    )


def row(reader, title):
    # The first: passages near what is searched for are listed below the documents and name them again.
    rows = reader.page.locator("tr, main li")
    return rows.filter(has=reader.page.get_by_role("link", name=title, exact=True)).first


def ready(reader, title):
    row(reader, title).locator("[data-status=indexed]").wait_for(timeout=LATE)


def choose(reader, title, action):
    row(reader, title).get_by_role("button", name=f"Actions : {title}").click()
    reader.page.get_by_role("menuitem", name=action).click()


@pytest.fixture
def alice(read):
    reader = read()
    reader.sign_in()
    reader.go("/documents")
    return reader


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    return documents.contract(tmp_path_factory.mktemp("contract"))


@pytest.fixture
def alices_contract(alice, contract):
    """Uploaded (again: it is the same document then); its address."""
    send(alice, contract)
    ready(alice, "Contrat du Parc")
    return row(alice, "Contrat du Parc").get_by_role("link").get_attribute("href")


def test_another_organization_sees_nothing_of_it(read, application, alices_contract):
    application.manage(
        "create_owner", "--email", CHARLIE, "--organization", "Ailleurs", "--password-stdin", stdin=PASSWORD
    )
    charlie = read()
    charlie.sign_in(email=CHARLIE)
    charlie.go("/documents")
    charlie.page.get_by_text("Aucun document").wait_for()
    charlie.go(alices_contract)
    charlie.page.get_by_role("alert").get_by_text("Cela n’existe pas, ou plus.").wait_for()


def test_a_program_and_a_damaged_file_are_refused_in_the_readers_words(alice, tmp_path):
    send(alice, documents.program(tmp_path), documents.damaged(tmp_path))
    refused = alice.page.locator("[data-upload=refused]").filter(has_text="outil.exe")
    refused.get_by_text("Ce genre de fichier n’est pas lu").wait_for()
    refused.get_by_role("button", name="Fermer").click()
    refused.wait_for(state="detached")
    row(alice, "Abîmé").get_by_text("Ce fichier est abîmé").wait_for(timeout=LATE)
    alice.page.get_by_role("button", name="En échec").click()
    alice.page.wait_for_url("**/documents?status=failed")
    row(alice, "Abîmé").wait_for()


def test_ten_files_are_all_seen_to_finish_without_a_reload_and_hardly_asked_for(alice, tmp_path):
    asked = []
    alice.page.on("request", lambda request: asked.append(request.url) if "/status/" in request.url else None)
    send(alice, *(note(tmp_path, f"Procédure {n}") for n in range(10)))
    alice.page.locator("[data-stage]").first.wait_for()
    for n in range(10):
        ready(alice, f"Procédure {n}")
    alice.settled()
    assert alice.page.locator("[data-stage]").count() == 0
    assert len(asked) <= 60, asked  # a poll each second would ask for each of them again and again


def test_a_reload_in_the_middle_keeps_what_was_under_way(alice, tmp_path):
    send(alice, *(note(tmp_path, f"Contrat {n}", lines=300) for n in range(4)))
    row(alice, "Contrat 3").wait_for()
    alice.page.reload()
    alice.page.locator("[data-stage]").first.wait_for()
    for n in range(4):
        ready(alice, f"Contrat {n}")


def test_without_a_socket_the_list_asks_for_itself(read, tmp_path):
    reader = read()
    reader.page.route(TICKETS, lambda route: route.fulfill(status=503, json=AWAY))
    reader.sign_in()
    reader.go("/documents")
    send(reader, note(tmp_path, "Sans fil", lines=20))
    ready(reader, "Sans fil")


def test_a_link_to_a_quote_opens_its_page_with_its_line_marked(alice, alices_contract):
    alice.go(f"{alices_contract}?page=2&quote={quote(documents.KEYS)}")
    alice.page.get_by_text("Page 2 sur 2").wait_for()
    overlay = alice.page.get_by_role("img", name="Une ligne surlignée")
    overlay.wait_for()
    box = overlay.locator("rect")
    top, height = float(box.get_attribute("y")), float(box.get_attribute("height"))
    assert top < documents.HEIGHT - documents.KEYS_BASELINE < top + height, "the box stands on another line"
    assert alice.barriers() == []


def test_a_quote_that_is_not_there_any_more_is_said_to_be_gone(alice, alices_contract):
    alice.go(f"{alices_contract}?quote=nothing%20like%20this")
    alice.page.get_by_text("Ce passage n’est plus dans le document").wait_for()


def test_a_passage_leads_to_its_page(alice, alices_contract):
    alice.go(alices_contract)
    alice.page.get_by_role("tab", name="Passages").click()
    alice.page.get_by_role("button", name=re.compile("Montrer le passage 1")).click()
    alice.page.get_by_role("img", name=re.compile("lignes? surlignées?")).wait_for()
    assert "part=1" in alice.page.url


def test_a_deleted_document_comes_back_with_undo(alice, tmp_path):
    send(alice, note(tmp_path, "À jeter", lines=3))
    ready(alice, "À jeter")
    choose(alice, "À jeter", "Supprimer")
    row(alice, "À jeter").wait_for(state="detached")
    alice.page.get_by_role("button", name="Annuler").click()
    ready(alice, "À jeter")


def test_the_bin_gives_back_what_was_deleted_on_its_own_page(alice, tmp_path):
    send(alice, note(tmp_path, "À garder", lines=3))
    ready(alice, "À garder")
    row(alice, "À garder").get_by_role("link").click()
    alice.page.get_by_role("button", name="Actions : À garder").click()
    alice.page.get_by_role("menuitem", name="Supprimer").click()
    alice.page.wait_for_url("**/documents")
    alice.page.get_by_role("button", name="Corbeille").click()
    alice.page.get_by_role("button", name="Actions : À garder").click()
    alice.page.get_by_role("menuitem", name="Restaurer").click()
    alice.page.get_by_text("est de retour").first.wait_for()
    alice.page.get_by_role("button", name="Tous").click()
    ready(alice, "À garder")


def test_a_document_is_indexed_again_and_shows_it(alice, tmp_path):
    send(alice, note(tmp_path, "À relire", lines=200))
    ready(alice, "À relire")
    choose(alice, "À relire", "Réindexer")
    row(alice, "À relire").locator("[data-stage]").first.wait_for()
    ready(alice, "À relire")


def test_filters_are_in_the_address_and_can_all_be_cleared(alice, alices_contract):
    alice.page.get_by_role("searchbox", name="Rechercher un titre ou un passage…").fill("rien de tel")
    alice.page.get_by_text("Rien ne correspond").wait_for()
    assert "q=rien" in alice.page.url
    alice.page.get_by_role("button", name="Effacer les filtres").click()
    row(alice, "Contrat du Parc").wait_for()
    alice.go("/documents?q=Contrat+du&view=grid")
    row(alice, "Contrat du Parc").wait_for()
    assert alice.page.locator("table").count() == 0


def test_words_of_a_text_lead_to_its_passage(alice, alices_contract):
    alice.go("/documents?q=double+des+cl%C3%A9s")
    found = alice.page.get_by_role("region", name="Passages proches")
    found.get_by_role("link", name="Contrat du Parc").first.click()
    alice.page.get_by_role("img", name=re.compile("lignes? surlignées?")).wait_for()


def test_a_title_is_changed_on_the_documents_own_page(alice, tmp_path):
    send(alice, note(tmp_path, "Mal nommé", lines=3))
    ready(alice, "Mal nommé")
    row(alice, "Mal nommé").get_by_role("link").click()
    alice.page.get_by_role("button", name="Actions : Mal nommé").click()
    alice.page.get_by_role("menuitem", name="Renommer").click()
    dialog = alice.page.get_by_role("dialog", name="Renommer")
    dialog.get_by_label("Titre").fill("Bien nommé")
    assert alice.barriers() == []
    dialog.get_by_role("button", name="Enregistrer").click()
    alice.page.get_by_role("heading", name="Bien nommé").wait_for()
    alice.page.get_by_role("link", name="Documents").last.click()
    row(alice, "Bien nommé").wait_for()


def test_the_file_itself_comes_down(alice, alices_contract, contract):
    with alice.page.expect_download() as download:
        choose(alice, "Contrat du Parc", "Télécharger")
    assert download.value.suggested_filename == contract.name
    assert download.value.path().read_bytes() == contract.read_bytes()
