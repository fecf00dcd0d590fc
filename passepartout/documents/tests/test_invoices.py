"""The data of a hybrid invoice are served with its document, the account masked by role, and go with it."""

import pytest
from django.db import connection

from engines.reading.tests.pdfs import drawn, text_at
from engines.reading.tests.test_facturx import XML, hybrid
from passepartout.audit.models import AuditLog
from passepartout.documents.factories import indexed, work
from passepartout.documents.models import DocumentInvoice
from passepartout.documents.purging import purge_document
from passepartout.kernel.scope import scope, tenant
from passepartout.tenancy.factories import colleague
from passepartout.tenancy.models import Role

pytestmark = pytest.mark.django_db
IBAN = "FR7630006000011234567890189"


@pytest.fixture
def ident(api, alice, tmp_path):
    return indexed(api(alice), alice, hybrid(tmp_path / "a.pdf", XML.encode()).read_bytes(), "facture.pdf")


def invoice(client, ident):
    answer = client.get(f"/api/v1/documents/{ident}/")
    assert answer.status_code == 200
    return answer.json()["invoice"]


def count(person):
    with tenant(person.organization.pk):
        return DocumentInvoice.objects.count()


# What must not happen


def test_the_database_holds_nothing_of_it_in_clear(ident, alice):
    with tenant(alice.organization.pk), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM document_invoices")
        stored = str(cursor.fetchall())
    for value in (IBAN, "FA-2026-0117", "Lavande", "108.00"):
        assert value not in stored


@pytest.mark.parametrize("role", [Role.CONCIERGE, Role.AUDITOR])
def test_the_account_is_masked_for_whoever_may_not_read_it(api, alice, ident, role):
    found = invoice(api(colleague(alice, f"{role}@example.org", role)), ident)
    assert (found["iban"], found["masked"]) == ("FR76 •••• 0189", True)
    assert found["number"] == "FA-2026-0117"


def test_another_organization_sees_no_invoice(api, charlie, ident):
    assert api(charlie).get(f"/api/v1/documents/{ident}/").status_code == 404


def test_broken_data_and_a_plain_pdf_make_no_invoice(api, alice, tmp_path):
    broken = hybrid(tmp_path / "b.pdf", XML.encode()[:2_000]).read_bytes()
    plain = drawn(tmp_path / "c.pdf", text_at((72, 700, "Facture FA-2026-0118 de 109 euros"))).read_bytes()
    for content in (broken, plain):
        assert invoice(api(alice), indexed(api(alice), alice, content, "facture.pdf")) is None
    assert count(alice) == 0


# What it is for


def test_the_data_win_over_what_the_page_says(api, alice, ident):
    found = invoice(api(alice), ident)
    assert found["source"] == "factur-x"
    assert (found["number"], found["issued"], found["due"]) == ("FA-2026-0117", "2026-03-02", "2026-04-01")
    assert [found[name] for name in ("net", "tax", "total", "payable", "currency")] == [
        "90.00", "18.00", "108.00", "108.00", "EUR",
    ]  # fmt: skip
    assert found["seller"]["name"] == "Maison Lavande"
    assert found["seller"]["vat"] == "FR40732829320"
    assert found["buyer"]["name"] == "Hôtel de la Gare"
    assert found["taxes"] == [{"rate": "20.00", "base": "90.00", "amount": "18.00"}]
    assert found["lines"][0]["label"] == "Ménage de départ"


def test_reading_the_account_in_full_is_audited_and_reading_it_masked_is_not(api, alice, bob, ident):
    assert invoice(api(colleague(alice, "c@example.org", Role.CONCIERGE)), ident)["masked"]
    assert (found := invoice(api(bob), ident))["iban"] == IBAN
    assert not found["masked"]
    with tenant(alice.organization.pk):
        lines = AuditLog.objects.filter(action_type="bank_details.read")
        assert [(line.user_id, line.object_id) for line in lines] == [(bob.user.pk, ident)]


def test_indexing_again_makes_it_anew_and_erasing_takes_it_away(api, alice, ident):
    api(alice).post(f"/api/v1/documents/{ident}/actions/reindex/")
    work(alice.organization)
    assert count(alice) == 1
    assert invoice(api(alice), ident)["number"] == "FA-2026-0117"
    api(alice).post(f"/api/v1/documents/{ident}/actions/delete/")
    with scope(organization=alice.organization.pk):
        purge_document(ident)
    assert count(alice) == 0
