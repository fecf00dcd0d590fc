"""What a structured invoice says (Factur-X, ZUGFeRD: the XML inside a hybrid PDF), and how it reads as text."""

from dataclasses import dataclass, fields
from typing import Any, Final

from engines.reading.hygiene import shows_everything

LONGEST: Final = 300  # characters of a field
MOST_LINES: Final = 1_000
MOST_TAXES: Final = 20
_LINES: Final = (
    ("Date", "issued"),
    ("Échéance", "due"),
    ("Commande", "order"),
    ("IBAN", "iban"),
)
_TOTALS: Final = (("Total HT", "net"), ("Total TVA", "tax"), ("Total TTC", "total"), ("Net à payer", "payable"))


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a buyer; `siret` is 14 digits or a SIREN of 9, as registered; empty where nothing is said."""

    name: str = ""
    siret: str = ""
    vat: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """Amounts and quantities are decimal numbers as written in the XML, without currency; `rate` is VAT in percent."""

    label: str = ""
    quantity: str = ""
    price: str = ""
    rate: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceTax:
    """VAT of one rate, in percent, over the whole invoice: ``base`` is the sum before tax."""

    rate: str = ""
    base: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """Dates are ISO 8601 (2026-03-02), amounts decimal strings in `currency` (ISO 4217)."""

    number: str = ""
    issued: str = ""
    due: str = ""
    currency: str = ""
    order: str = ""
    iban: str = ""
    net: str = ""
    tax: str = ""
    total: str = ""
    payable: str = ""
    seller: Party = Party()
    buyer: Party = Party()
    lines: tuple[InvoiceLine, ...] = ()
    taxes: tuple[InvoiceTax, ...] = ()


def invoice_from(record: object) -> Invoice:
    """An invoice from what `dataclasses.asdict` made of one. Raises ValueError for anything else."""
    facts = _facts(Invoice, record, "seller", "buyer", "lines", "taxes")
    match record:
        case {"seller": seller, "buyer": buyer, "lines": list(lines), "taxes": list(taxes)} if (
            len(lines) <= MOST_LINES and len(taxes) <= MOST_TAXES
        ):
            return Invoice(
                **facts,
                seller=Party(**_facts(Party, seller)),
                buyer=Party(**_facts(Party, buyer)),
                lines=tuple(InvoiceLine(**_facts(InvoiceLine, line)) for line in lines),
                taxes=tuple(InvoiceTax(**_facts(InvoiceTax, tax)) for tax in taxes),
            )
        case _:
            raise ValueError("not an invoice")


def _facts(kind: type, record: object, *but: str) -> dict[str, Any]:
    """The texts of a record that has exactly the fields of `kind`."""
    if not isinstance(record, dict) or record.keys() != {field.name for field in fields(kind)}:
        raise ValueError(f"not a {kind.__name__}")
    facts = {name: value for name, value in record.items() if name not in but}
    if not all(isinstance(text, str) and len(text) <= LONGEST and shows_everything(text) for text in facts.values()):
        raise ValueError(f"not the texts of a {kind.__name__}")
    return facts


def invoice_text(invoice: Invoice) -> str:
    """The invoice as a part of the document that comes before its first page, in French as its readers search it."""
    said = [f"# Facture {invoice.number}".rstrip(), ""]
    said += [f"{label}: {_shown(getattr(invoice, name))}" for label, name in _LINES if getattr(invoice, name)]
    said += [_party("Vendeur", invoice.seller), _party("Acheteur", invoice.buyer)]
    said += [
        f"{label}: {getattr(invoice, name)} {invoice.currency}".rstrip()
        for label, name in _TOTALS
        if getattr(invoice, name)
    ]
    said += [_line(line, invoice.currency) for line in invoice.lines]
    return "\n".join(line for at, line in enumerate(said) if line or at == 1)


def _shown(value: str) -> str:
    """A date both as people write it and as it is; anything else as it is."""
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    return f"{day}/{month}/{year}" if len(year) == 4 and len(month) == len(day) == 2 else value  # noqa: PLR2004


def _party(role: str, party: Party) -> str:
    facts = (("", party.name), ("SIRET", party.siret), ("TVA", party.vat), ("adresse", party.address))
    said = [f"{label} {value}".strip() for label, value in facts if value]
    return f"{role}: {', '.join(said)}" if said else ""


def _line(line: InvoiceLine, currency: str) -> str:
    facts = (
        ("Désignation", line.label, ""),
        ("Quantité", line.quantity, ""),
        ("Prix unitaire", line.price, currency),
        ("TVA", line.rate, "%"),
        ("Montant", line.total, currency),
    )
    return " | ".join(f"{label}: {value} {unit}".rstrip() for label, value, unit in facts if value)
