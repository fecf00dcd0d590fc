"""What a colleague or a model asks of the tables, decided on in the pages."""

import json
from pathlib import Path

import pytest

from tests.e2e import people
from tests.e2e.visitor import EMAIL

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.usefixtures("application_administrator")]
BOB, CLAIRE, CHARLIE = "bob@example.org", "claire@example.org", "charlie@example.org"
QUESTION = "Combien de documents par statut ?"


@pytest.fixture(scope="module")
def colleagues(application, application_administrator):
    people.take_in(application, BOB, "concierge", "Bob Durand")
    people.take_in(application, CLAIRE, "org_admin", "Claire Petit")


@pytest.fixture(scope="module")
def document(application, colleagues, tmp_path_factory):
    text = tmp_path_factory.mktemp("text") / "tarifs.md"
    text.write_text("# Tarifs\n\nLe ménage coûte 45 euros.\n", encoding="utf-8")
    with text.open("rb") as content:
        answer = people.call(application, "POST", "/documents/", files={"file": ("tarifs.md", content)})
    return answer.raise_for_status().json()["id"]


@pytest.fixture
def renaming(application, document):
    """Alice's own change."""
    sql = f"UPDATE documents SET title = 'Tarifs 2026' WHERE id = '{document}'"
    return people.change(application, EMAIL, sql, "Renomme les tarifs")["id"]


def test_who_asked_for_a_change_cannot_approve_it_and_another_administrator_can(read, application, document, renaming):
    alice = read()
    alice.sign_in()
    alice.go(f"/approvals/{renaming}")
    page = alice.page
    page.get_by_text("vous ne pouvez pas l’approuver vous-même").wait_for()
    assert page.get_by_role("button", name="Approuver").count() == 0
    page.keyboard.press("a")
    assert page.get_by_role("dialog").count() == 0

    claire = read()
    claire.sign_in(CLAIRE)
    claire.go(f"/approvals/{renaming}")
    page = claire.page
    page.get_by_role("region", name="Ce qui changerait").get_by_text("Tarifs 2026").wait_for()
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog", name="Approuver cette demande")
    dialog.get_by_label("Commentaire").fill("Les nouveaux tarifs, en effet.")
    assert claire.barriers() == []
    dialog.get_by_role("button", name="Approuver").click()
    page.get_by_role("button", name="Exécuter").click()
    page.get_by_text("Exécutée", exact=True).first.wait_for()
    page.get_by_text("Les nouveaux tarifs, en effet.").wait_for()
    titled = people.call(application, "GET", f"/documents/{document}/").json()["title"]
    assert titled == "Tarifs 2026"


def test_a_question_is_asked_approved_by_somebody_else_and_its_result_is_kept(
    read, application, document, colleagues, tmp_path: Path
):
    made = people.proposal(application, BOB, QUESTION)
    assert made["status"] == "pending_approval"
    bob = read()
    bob.sign_in(BOB)
    bob.go(f"/approvals/{made['id']}")
    bob.page.get_by_text("Elle attend une personne habilitée à décider.").wait_for()
    assert bob.page.get_by_role("button", name="Approuver").count() == 0

    alice = read()
    alice.sign_in()
    alice.go("/approvals")
    page = alice.page
    page.locator(f"[data-proposal='{made['id']}']").click()
    page.get_by_text(QUESTION).wait_for()
    page.get_by_role("region", name="Requête SQL").get_by_text("GROUP").wait_for()
    page.get_by_role("button", name="Approuver").click()
    page.get_by_role("dialog").get_by_role("button", name="Approuver").click()

    bob.page.get_by_role("button", name="Exécuter").click()
    result = bob.page.get_by_role("region", name="Résultat")
    result.get_by_role("columnheader", name="status").wait_for()
    with bob.page.expect_download() as download:
        bob.page.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "result.csv")
    assert '"status","n"' in (tmp_path / "result.csv").read_text(encoding="utf-8-sig")


def test_a_rejection_says_why(read, application, document, colleagues):
    made = people.proposal(application, BOB, "Quels sont les documents les plus longs ?")
    alice = read(locale="en-GB")
    alice.sign_in()
    alice.go("/approvals")
    page = alice.page
    page.keyboard.press("j")
    while page.evaluate("document.activeElement.dataset.proposal") != made["id"]:
        before = page.evaluate("document.activeElement.dataset.proposal")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.dataset.proposal") != before
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Reject this request")
    dialog.get_by_role("button", name="Reject").click()
    dialog.get_by_text("Say why").wait_for()
    dialog.get_by_label("Comment").fill("Not today.")
    dialog.get_by_role("button", name="Reject").click()
    dialog.wait_for(state="detached")
    page.locator(f"[data-proposal='{made['id']}']").wait_for(state="detached")
    page.get_by_role("tab", name="History").click()
    page.locator(f"[data-proposal='{made['id']}']").get_by_text("Rejected").last.wait_for()


def test_another_organization_sees_nothing(read, application, renaming):
    command = ("create_owner", "--email", CHARLIE, "--organization", "Logistique du Port", "--password-stdin")
    application.manage(*command, stdin="une phrase assez longue")
    charlie = read()
    charlie.sign_in(CHARLIE)
    charlie.go("/approvals")
    charlie.page.get_by_text("Rien n’attend de décision").wait_for()
    charlie.go(f"/approvals/{renaming}")
    charlie.page.get_by_role("alert").get_by_text("Référence :").wait_for()
    assert renaming not in json.dumps(people.call(application, "GET", "/proposals/", email=CHARLIE).json())
    charlie.complaints = [one for one in charlie.complaints if "404" not in one]
