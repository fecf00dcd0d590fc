"""What a document says of itself as data: a hybrid invoice's own XML, kept with its version and shown with it."""

from dataclasses import asdict
from typing import Any

from engines.reading.invoices import Invoice
from passepartout.audit.services import record
from passepartout.tenancy.callers import Caller

from .identifiers import BANK, masked
from .models import Document, DocumentInvoice, DocumentVersion

FACTUR_X = "factur-x"


def row(document: Document, version: DocumentVersion, invoice: Invoice | None) -> list[DocumentInvoice]:
    """The invoice of a version, unsaved; nothing where it has none."""
    if invoice is None:
        return []
    facts: Any = asdict(invoice)  # the stubs take every encrypted field for text
    return [DocumentInvoice(doc=document, version=version, source=FACTUR_X, facts=facts)]


def invoice_of(caller: Caller, document: Document) -> dict[str, Any] | None:
    """The invoice of a document's live version. The account in full for who may read them: that is audited."""
    kept = DocumentInvoice.objects.filter(version_id=document.live_version).first()
    if kept is None:
        return None
    facts = {"source": kept.source, **kept.facts, "masked": False}
    if facts["iban"]:
        if caller.may(BANK, "read"):
            record("bank_details.read", document)
        else:
            facts |= {"iban": masked(facts["iban"]), "masked": True}
    return facts
