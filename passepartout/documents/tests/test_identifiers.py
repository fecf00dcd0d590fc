"""Numbers that a document names: found by search however they are typed, listed, masked by role, gone with it."""

import pytest
from django.db import connection

from passepartout.audit.models import AuditLog
from passepartout.documents.factories import indexed, work
from passepartout.documents.models import DocumentIdentifier
from passepartout.documents.purging import purge_document
from passepartout.kernel.scope import scope, tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role

pytestmark = pytest.mark.django_db
IBAN = "FR7630006000011234567890189"
PARCEL = "RR473124829GB"
TEXT = f"""Dossier du mois.

Le colis {PARCEL} est parti de Lyon. SIRET 732 829 320 00074.
Virement : FR76 3000 6000 0112 3456 7890 189.
Facture n° FA-2026-118 réglée."""
OTHER = "Le colis est parti. Le colis est arrivé. Un colis, des colis, tout sur les colis partis de Lyon."


@pytest.fixture
def ident(api, alice):
    indexed(api(alice), alice, OTHER, "autre.txt")
    return indexed(api(alice), alice, TEXT, "dossier.txt")


def listed(client, ident):
    answer = client.get(f"/api/v1/documents/{ident}/identifiers/")
    assert answer.status_code == 200
    return {row["kind"]: row for row in answer.json()}


def first(client, query):
    answer = client.get("/api/v1/search/", {"q": query}).json()
    return answer["results"][0]["document"] if "identifiers" in answer["engines"] else None


def count(person):
    with tenant(person.organization.pk):
        return DocumentIdentifier.objects.count()


# What must not happen


def test_the_database_holds_no_value_in_clear(ident, alice):
    with tenant(alice.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT value, value_index, tail_index FROM document_identifiers")
        stored = str(cursor.fetchall())
    for value in (IBAN, PARCEL, "73282932000074", "FA2026118", "890189"):
        assert value not in stored


@pytest.mark.parametrize("query", [PARCEL, IBAN, "829 320 00074"])
def test_a_number_of_another_organization_finds_nothing(api, ident, charlie, query):
    indexed(api(charlie), charlie, OTHER)
    assert first(api(charlie), query) is None


def test_a_number_in_somebodys_private_document_finds_nothing(api, alice, bob):
    indexed(api(bob), bob, TEXT, visibility="private")
    assert first(api(alice), PARCEL) is None
    assert first(api(bob), PARCEL) is not None


@pytest.mark.parametrize("role", [Role.CONCIERGE, Role.AUDITOR])
def test_an_account_is_masked_for_whoever_may_not_read_it(api, alice, ident, role):
    answer = listed(api(colleague(alice, f"{role}@example.org", role)), ident)
    assert (answer["iban"]["value"], answer["iban"]["masked"]) == ("FR76 •••• 0189", True)
    assert (answer["s10"]["value"], answer["s10"]["masked"]) == (PARCEL, False)


@pytest.mark.parametrize("query", ["4829GB", "24829", "RR473124820GB", "999999", "2026"])
def test_a_number_that_is_none_of_theirs_changes_nothing(api, alice, ident, query):
    if query == "4829GB":
        assert first(api(alice), query) == ident
    else:
        assert first(api(alice), query) is None


# What it is for


def test_a_document_lists_what_it_names_with_its_place(api, alice, ident):
    answer = listed(api(alice), ident)
    assert {kind: row["value"] for kind, row in answer.items()} == {
        "s10": PARCEL,
        "siret": "73282932000074",
        "iban": IBAN,
        "invoice": "FA2026118",
    }
    chunk = api(alice).get(f"/api/v1/documents/{ident}/chunks/").json()[answer["iban"]["part"] - 1]
    assert chunk["text"][answer["iban"]["start"] : answer["iban"]["end"]] == "FR76 3000 6000 0112 3456 7890 189"
    assert {row["page"] for row in answer.values()} == {1}


def test_reading_an_account_in_full_is_audited_and_reading_it_masked_is_not(api, alice, bob, ident):
    concierge = colleague(alice, "c@example.org", "concierge")
    listed(api(concierge), ident)
    listed(api(bob), ident)
    with tenant(alice.organization.pk):
        lines = AuditLog.objects.filter(action_type="bank_details.read")
        assert [(line.user_id, line.object_id) for line in lines] == [(bob.user.pk, ident)]


@pytest.mark.parametrize(
    "query",
    [PARCEL, "rr 473 124 829 gb", "RR-473124829-GB", f"où est le colis {PARCEL} ?", "124829GB", "732 829 320 00074",
     "fr76 3000 6000 0112 3456 7890 189", "fa-2026-118", "Facture FA 2026 118", "00074 890189"],
)  # fmt: skip
def test_the_passage_that_holds_the_number_comes_first_however_it_is_typed(api, alice, ident, query):
    assert first(api(alice), query) == ident


def test_the_page_of_a_number_is_the_one_it_stands_on(api, alice, tmp_path):
    from engines.reading.tests.pdfs import drawn, text_at

    pdf = drawn(tmp_path / "a.pdf", text_at((50, 700, "Page une.")), text_at((50, 700, f"Colis {PARCEL}")))
    assert listed(api(alice), indexed(api(alice), alice, pdf.read_bytes(), "a.pdf"))["s10"]["page"] == 2


def test_a_number_in_the_overlap_of_two_parts_is_listed_once(api, alice):
    words = "Le locataire entretient le logement et ses abords selon les usages locaux. "
    ident = indexed(api(alice), alice, words * 36 + f"Colis {PARCEL}. " + words * 60)
    with tenant(alice.organization.pk):
        kept = DocumentIdentifier.objects.count()
    assert kept >= 1
    assert len(api(alice).get(f"/api/v1/documents/{ident}/identifiers/").json()) == 1


def test_indexing_again_makes_them_anew_and_erasing_takes_them_away(api, alice, ident):
    before = count(alice)
    api(alice).post(f"/api/v1/documents/{ident}/actions/reindex/")
    work(alice.organization)
    assert count(alice) == before == 4
    assert first(api(alice), PARCEL) == ident
    api(alice).post(f"/api/v1/documents/{ident}/actions/delete/")
    assert first(api(alice), PARCEL) is None
    with scope(organization=alice.organization.pk):
        purge_document(ident)
    assert count(alice) == 0
