"""The XML of a hybrid invoice: Factur-X and ZUGFeRD, both UN/CEFACT Cross Industry Invoice (EN 16931).

Elements are found by their local names, because ZUGFeRD 1 has other namespaces and some other names than its heirs.
"""

import re
from typing import Any, Final

import pypdfium2 as pdfium
from lxml import etree

from engines.reading.hygiene import clean_title
from engines.reading.invoices import LONGEST, MOST_LINES, MOST_TAXES, Invoice, InvoiceLine, InvoiceTax, Party

NAMES: Final = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
_LARGEST_BYTES: Final = 10_000_000
_MOST_ATTACHMENTS: Final = 50
_ROOTS: Final = frozenset({"CrossIndustryInvoice", "CrossIndustryDocument"})
_DAY: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_AMOUNT: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")


def embedded_invoice(document: pdfium.PdfDocument) -> Invoice | None:
    """The invoice that a PDF carries as data, or None: broken XML is no reason to refuse the page that people see."""
    try:
        for index in range(min(document.count_attachments(), _MOST_ATTACHMENTS)):
            attachment = document.get_attachment(index)
            if attachment.get_name().rpartition("/")[2].lower() in NAMES:
                content = bytes(attachment.get_data())
                return invoice_of(content) if len(content) <= _LARGEST_BYTES else None
    except (pdfium.PdfiumError, UnicodeDecodeError):
        return None
    return None


def invoice_of(content: bytes) -> Invoice | None:
    """Parse a Cross Industry Invoice; None for anything else. Entities are not expanded and nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if etree.QName(root).localname not in _ROOTS or root.getroottree().docinfo.doctype:
        return None
    return _invoice(root)


def _invoice(root: Any) -> Invoice:
    agreement = _first(root, "ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
    settlement = _first(root, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    sums = _first(
        settlement,
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "SpecifiedTradeSettlementMonetarySummation",
    )
    heading = _first(root, "ExchangedDocument", "HeaderExchangedDocument")
    lines = _all(root, "IncludedSupplyChainTradeLineItem")[:MOST_LINES]
    return Invoice(
        number=_text(_child(heading, "ID")),
        issued=_day(_first(heading, "IssueDateTime")),
        due=_day(_first(settlement, "DueDateDateTime")),
        currency=_text(_first(settlement, "InvoiceCurrencyCode")),
        order=_text(_first(_first(agreement, "BuyerOrderReferencedDocument"), "IssuerAssignedID", "ID")),
        iban=_text(_first(settlement, "IBANID")),
        net=_amount(_first(sums, "TaxBasisTotalAmount", "LineTotalAmount")),
        tax=_amount(_first(sums, "TaxTotalAmount")),
        total=_amount(_first(sums, "GrandTotalAmount")),
        payable=_amount(_first(sums, "DuePayableAmount")),
        seller=_party(_first(agreement, "SellerTradeParty")),
        buyer=_party(_first(agreement, "BuyerTradeParty")),
        lines=tuple(_line(line) for line in lines),
        taxes=tuple(_tax(tax) for tax in _children(settlement, "ApplicableTradeTax")[:MOST_TAXES]),
    )


def _party(party: Any) -> Party:
    if party is None:
        return Party()
    registered = _first(_first(party, "SpecifiedLegalOrganization"), "ID")
    taxes = _all(party, "SpecifiedTaxRegistration")
    vat = next((node for tax in taxes for node in _all(tax, "ID") if node.get("schemeID") == "VA"), None)
    place = _first(party, "PostalTradeAddress")
    parts = (_text(_first(place, name)) for name in ("LineOne", "LineTwo", "PostcodeCode", "CityName", "CountryID"))
    siret = re.sub(r"\s", "", _text(registered))
    return Party(_text(_child(party, "Name")), siret, _text(vat), clean_title(" ".join(filter(None, parts))))


def _line(line: Any) -> InvoiceLine:
    settlement = _first(line, "SpecifiedLineTradeSettlement", "SpecifiedSupplyChainTradeSettlement")
    price = _first(line, "NetPriceProductTradePrice", "GrossPriceProductTradePrice")
    return InvoiceLine(
        label=_text(_child(_first(line, "SpecifiedTradeProduct"), "Name")),
        quantity=_amount(_first(line, "BilledQuantity")),
        price=_amount(_first(price, "ChargeAmount")),
        rate=_amount(_first(settlement, "RateApplicablePercent", "ApplicablePercent")),
        total=_amount(_first(settlement, "LineTotalAmount")),
    )


def _tax(tax: Any) -> InvoiceTax:
    return InvoiceTax(
        rate=_amount(_first(tax, "RateApplicablePercent", "ApplicablePercent")),
        base=_amount(_first(tax, "BasisAmount")),
        amount=_amount(_first(tax, "CalculatedAmount")),
    )


def _all(element: Any, name: str) -> list[Any]:
    return list(element.iter(f"{{*}}{name}")) if element is not None else []


def _first(element: Any, *names: str) -> Any:
    """The first descendant with the first of these names that occurs, or None."""
    return next((found for name in names for found in _all(element, name)), None)


def _child(element: Any, name: str) -> Any:
    return element.find(f"{{*}}{name}") if element is not None else None


def _children(element: Any, name: str) -> list[Any]:
    return list(element.findall(f"{{*}}{name}")) if element is not None else []


def _text(element: Any) -> str:
    return clean_title(element.text or "", longest=LONGEST) if element is not None else ""


def _amount(element: Any) -> str:
    text = _text(element)
    return text if _AMOUNT.fullmatch(text) else ""


def _day(moment: Any) -> str:
    said = _text(_first(moment, "DateTimeString", "DateString", "DateTime")) if moment is not None else ""
    found = _DAY.match(said)
    return "-".join(found.groups()) if found else ""
