"""What administrators look after, in the pages: the log, the model's calls, its prompts, members and keys."""

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e import people

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("application_administrator")]
DORA = "dora@example.org"


@pytest.fixture
def alice(read):
    reader = read()
    reader.sign_in()
    return reader


def test_the_log_is_narrowed_looked_into_verified_and_exported(alice, tmp_path: Path):
    alice.go("/audit")
    page = alice.page
    page.get_by_role("button", name="Vérifier maintenant").click()
    page.get_by_text("Chaîne vérifiée", exact=True).wait_for()
    page.get_by_label("Action").fill("audit.verified")
    page.get_by_label("Action").press("Enter")
    page.wait_for_url("**/audit?action=audit.verified")
    page.locator("main li button").first.click()
    page.get_by_role("region", name="Détail").get_by_text('"faults": 0').wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter en JSON").click()
    download.value.save_as(tmp_path / "audit.json")
    assert {line["action_type"] for line in json.loads((tmp_path / "audit.json").read_text())} == {"audit.verified"}
    page.get_by_label("Action").fill("no.such")
    page.get_by_label("Action").press("Enter")
    page.get_by_text("Rien ne correspond").wait_for()


def test_an_auditor_reads_the_log_and_changes_nothing(read, application):
    people.take_in(application, DORA, "auditor", "Dora Vidal")
    dora = read()
    dora.sign_in(DORA)
    dora.go("/members")
    assert dora.page.get_by_role("button", name="Inviter").count() == 0
    assert dora.page.get_by_role("combobox").count() == 0
    dora.go("/prompts/chat")
    assert dora.page.get_by_role("button", name="Mettre à l’essai").count() == 0


def test_a_call_is_shown_with_what_it_was_told(alice, application):
    people.proposal(application, "alice@example.org", "Combien de documents par statut ?")
    alice.go("/llm-jobs")
    alice.page.locator("main li a").first.click()
    alice.page.get_by_role("heading", name="Question", exact=True).wait_for()
    alice.settled()
    assert alice.barriers() == []


def test_a_prompt_is_written_anew_compared_and_put_on_trial(alice):
    alice.go("/prompts/chat")
    page = alice.page
    page.get_by_label("Consignes").first.press("Control+End")
    page.get_by_label("Consignes").first.type("\nRéponds brièvement.")
    page.get_by_label("Ce qui change, en quelques mots").fill("Plus court")
    page.get_by_role("button", name="Enregistrer une nouvelle version").click()
    page.get_by_text("Plus court").wait_for()
    page.locator("ins").filter(has_text="Réponds brièvement.").wait_for()
    page.get_by_role("button", name="Mettre à l’essai").click()
    page.get_by_text("À l’essai", exact=True).wait_for()


def test_a_colleague_is_invited_and_given_another_role(alice, application):
    alice.go("/members")
    page = alice.page
    page.get_by_role("button", name="Inviter").click()
    dialog = page.get_by_role("dialog", name="Inviter une personne")
    dialog.get_by_label("Adresse e-mail").fill("erin@example.org")
    dialog.get_by_label("Nom", exact=True).fill("Erin Roux")
    assert alice.barriers() == []
    dialog.get_by_role("button", name="Envoyer l’invitation").click()
    row = page.get_by_role("listitem").filter(has_text="Erin Roux")
    row.get_by_role("combobox").click()
    page.get_by_role("option", name="Responsable").click()
    page.get_by_text("Accès modifié").first.wait_for()
    found = people.call(application, "GET", "/members/").json()
    assert {member["role"] for member in found if member["user"]["email"] == "erin@example.org"} == {"manager"}


def test_a_key_is_shown_once_works_and_is_revoked(alice, application):
    alice.go("/keys")
    page = alice.page
    page.get_by_role("button", name="Nouvelle clé").first.click()
    dialog = page.get_by_role("dialog", name="Nouvelle clé")
    dialog.get_by_label("Nom", exact=False).first.fill("n8n")
    dialog.get_by_label("Droits").click()
    page.get_by_role("option", name="documents:read").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Créer la clé").click()
    key = page.locator("[data-key]").inner_text()
    page.get_by_role("button", name="Je l’ai copiée").click()
    page.get_by_text(key).wait_for(state="detached")
    asked = {"headers": {"Authorization": f"Bearer {key}"}}
    assert httpx.get(f"{application.url}/api/v1/documents/", **asked).status_code == httpx.codes.OK
    page.get_by_role("button", name="Révoquer n8n").click()
    page.get_by_text("Révoquée", exact=True).wait_for()
    assert httpx.get(f"{application.url}/api/v1/documents/", **asked).status_code == httpx.codes.UNAUTHORIZED
