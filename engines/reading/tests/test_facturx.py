"""Hybrid invoices: the data inside the PDF, never worth more trouble than the page itself."""

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from engines.reading import Limits, sandbox
from engines.reading.facturx import invoice_of
from engines.reading.invoices import Invoice, InvoiceLine, InvoiceTax, Party, invoice_text
from engines.reading.pdf import PdfReader
from engines.reading.tests.pdfs import drawn, text_at

XML = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocument><ram:ID>FA-2026-0117</ram:ID><ram:TypeCode>380</ram:TypeCode>
 <ram:IssueDateTime><udt:DateTimeString format="102">20260302</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
 <ram:IncludedSupplyChainTradeLineItem>
  <ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
  <ram:SpecifiedTradeProduct><ram:Name>Ménage de départ</ram:Name></ram:SpecifiedTradeProduct>
  <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>45.00</ram:ChargeAmount>
  </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
  <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">2</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
  <ram:SpecifiedLineTradeSettlement>
   <ram:ApplicableTradeTax><ram:RateApplicablePercent>20.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
   <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>90.00</ram:LineTotalAmount>
   </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
 </ram:IncludedSupplyChainTradeLineItem>
 <ram:ApplicableHeaderTradeAgreement>
  <ram:SellerTradeParty><ram:Name>Maison Lavande</ram:Name>
   <ram:SpecifiedLegalOrganization><ram:ID schemeID="0009">732 829 320 00074</ram:ID></ram:SpecifiedLegalOrganization>
   <ram:DefinedTradeContact><ram:PersonName>Marie</ram:PersonName></ram:DefinedTradeContact>
   <ram:PostalTradeAddress><ram:PostcodeCode>69002</ram:PostcodeCode><ram:LineOne>3 quai Rambaud</ram:LineOne>
    <ram:CityName>Lyon</ram:CityName><ram:CountryID>FR</ram:CountryID></ram:PostalTradeAddress>
   <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">x</ram:ID></ram:SpecifiedTaxRegistration>
   <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">FR40732829320</ram:ID></ram:SpecifiedTaxRegistration>
  </ram:SellerTradeParty>
  <ram:BuyerTradeParty><ram:Name>Hôtel de la Gare</ram:Name></ram:BuyerTradeParty>
  <ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>BC-77</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>
 </ram:ApplicableHeaderTradeAgreement>
 <ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
  <ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>
   <ram:IBANID>FR7630006000011234567890189</ram:IBANID></ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
  <ram:ApplicableTradeTax><ram:CalculatedAmount>18.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
   <ram:BasisAmount>90.00</ram:BasisAmount><ram:RateApplicablePercent>20.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
  <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">20260401</udt:DateTimeString>
  </ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
  <ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>90.00</ram:LineTotalAmount>
   <ram:TaxBasisTotalAmount>90.00</ram:TaxBasisTotalAmount><ram:TaxTotalAmount currencyID="EUR">18.00</ram:TaxTotalAmount>
   <ram:GrandTotalAmount>108.00</ram:GrandTotalAmount><ram:DuePayableAmount>108.00</ram:DuePayableAmount>
  </ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""  # noqa: E501
EXPECTED = Invoice(
    number="FA-2026-0117",
    issued="2026-03-02",
    due="2026-04-01",
    currency="EUR",
    order="BC-77",
    iban="FR7630006000011234567890189",
    net="90.00",
    tax="18.00",
    total="108.00",
    payable="108.00",
    seller=Party("Maison Lavande", "73282932000074", "FR40732829320", "3 quai Rambaud 69002 Lyon FR"),
    buyer=Party("Hôtel de la Gare"),
    lines=(InvoiceLine("Ménage de départ", "2", "45.00", "20.00", "90.00"),),
    taxes=(InvoiceTax("20.00", "90.00", "18.00"),),
)


def hybrid(path: Path, content: bytes, name: str = "factur-x.xml") -> Path:
    """A PDF of one page that says something else than the data it carries."""
    drawn(path, text_at((72, 700, "Facture FA-2026-0118 de 109 euros")))
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.attachments[name] = pikepdf.AttachedFileSpec(
            document, content, filename=name, description="", mime_type="text/xml", creation_date="", mod_date=""
        )
        document.save(path)
    return path


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
)


@pytest.mark.parametrize("declared", LAUGHS)
def test_data_that_declare_entities_are_not_read(declared: str) -> None:
    content = XML.replace("?>\n", f"?>{declared}\n", 1).replace("FA-2026-0117", "&b;")
    assert invoice_of(content.encode()) is None


@pytest.mark.parametrize(
    "content", [b"", b"not xml", b"<x/>", b"<CrossIndustryInvoice", XML.encode()[:2_000], b"\xff" * 50]
)
def test_broken_data_leave_the_page_as_it_is(tmp_path: Path, content: bytes) -> None:
    reading = sandbox.read(hybrid(tmp_path / "a.pdf", content), "a.pdf")
    assert reading.invoice is None
    assert reading.pages[0].text == "Facture FA-2026-0118 de 109 euros"


def test_what_is_no_amount_or_no_date_is_left_out_and_nothing_invisible_gets_in() -> None:
    content = XML.replace("108.00", "1e400").replace("20260302", "soon").replace("BC-77", "BC\u200b-77\u202e")
    invoice = invoice_of(content.encode())
    assert invoice == replace(EXPECTED, total="", payable="", issued="")


def test_another_attachment_is_not_taken_for_an_invoice(tmp_path: Path) -> None:
    assert PdfReader().read(hybrid(tmp_path / "a.pdf", XML.encode(), "notes.xml"), Limits()).invoice is None


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "zugferd-invoice.xml"])
def test_the_data_of_a_hybrid_invoice_are_read(tmp_path: Path, name: str) -> None:
    reading = sandbox.read(hybrid(tmp_path / "a.pdf", XML.encode(), name), "a.pdf")
    assert reading.invoice == EXPECTED
    assert [page.number for page in reading.pages] == [1]


def test_an_invoice_reads_as_people_ask_for_it() -> None:
    assert invoice_text(EXPECTED).split("\n") == [
        "# Facture FA-2026-0117",
        "",
        "Date: 02/03/2026",
        "Échéance: 01/04/2026",
        "Commande: BC-77",
        "IBAN: FR7630006000011234567890189",
        "Vendeur: Maison Lavande, SIRET 73282932000074, TVA FR40732829320, adresse 3 quai Rambaud 69002 Lyon FR",
        "Acheteur: Hôtel de la Gare",
        "Total HT: 90.00 EUR",
        "Total TVA: 18.00 EUR",
        "Total TTC: 108.00 EUR",
        "Net à payer: 108.00 EUR",
        "Désignation: Ménage de départ | Quantité: 2 | Prix unitaire: 45.00 EUR | TVA: 20.00 % | Montant: 90.00 EUR",
    ]
