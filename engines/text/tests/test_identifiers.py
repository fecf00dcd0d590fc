"""Each valid number is found in noisy text; with one digit changed it is not; what looks like one is left alone."""

import re
from itertools import cycle, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn

from engines.text.identifiers import Identifier, Kind, asked, find, normal

# Real shapes, made-up or published samples
SAMPLES = {
    Kind.S10: ["RR473124829GB", "LX473124829FR"],
    Kind.SSCC: ["106141411234567897"],
    Kind.UPS: ["1Z999AA10123456784", "1Z5R89390357567127"],
    Kind.FEDEX: ["986578788855", "041441760228964"],
    Kind.SIRET: ["73282932000074", "35600000000048"],
    Kind.SIREN: ["732829320"],
    Kind.VAT: ["FR40303265045", "DE136695976", "GB980780684"],
    Kind.IBAN: ["FR7630006000011234567890189", "GB29NWBK60161331926819", "BE68539007547034"],
}
NAMED = {Kind.FEDEX: "FedEx ", Kind.SIREN: "SIREN "}
CASES = [(kind, value) for kind, values in SAMPLES.items() for value in values]
# Prose that no identifier can arise from, whatever it is put beside.
NOISE = st.text(alphabet="abcdefghijkléèàç ,;:'\n", max_size=40)
GROUPS = st.sampled_from([0, 2, 3, 4, 5])
GAPS = st.sampled_from([" ", "\u00a0", "\u202f", "-", "."])


def grouped(value: str, size: int, gap: str) -> str:
    return value if not size else gap.join(value[at : at + size] for at in range(0, len(value), size))


def values(text: str) -> list[tuple[Kind, str]]:
    return [(found.kind, found.value) for found in find(text)]


# What must not be found


# Where the issuer's own check misses a wrong digit: every second character of UPS' by five, La Poste's SIRETs (the
# plain sum of their digits counts), the two ways in which British VAT numbers are checked, FedEx' by modulo 11 and 10.
WEAK = {"35600000000048", "GB980780684", *SAMPLES[Kind.UPS], *SAMPLES[Kind.FEDEX]}


@pytest.mark.parametrize(("kind", "value"), [case for case in CASES if case[1] not in WEAK])
def test_no_digit_can_be_changed_unnoticed(kind, value):
    for changed in changes_of(value):
        assert (kind, changed) not in values(f"{NAMED.get(kind, '')}{changed} "), changed


@pytest.mark.parametrize(("kind", "value"), [case for case in CASES if case[1] in WEAK])
def test_nearly_no_digit_can_be_changed_unnoticed(kind, value):
    seen = [(kind, changed) in values(f"{NAMED.get(kind, '')}{changed} ") for changed in changes_of(value)]
    assert sum(seen) <= len(seen) * 0.15


def changes_of(value: str) -> list[str]:
    return [
        value[:at] + other + value[at + 1 :]
        for at, digit in enumerate(value)
        if digit.isdigit()
        for other in sorted(set("0123456789") - {digit})
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Téléphone 06 12 34 56 78, +33 6 12 34 56 78, 0033612345678",
        "Total 123 456 789,00 €, soit 1 234 567,89 euros HT",
        "Du 01.02.2026 au 28.02.2026, de 08:00 à 12:30",
        "732829320",  # nine digits without a name
        "986578788855",  # twelve digits without a carrier
        "000000000000000000 00000000000000 FR00000000000 SIREN 000 000 000",
        "Référence cadastrale 000 AB 0123, lot 4",
        "ISBN 978-2-07-036822-8, EAN 3017620422003",
        "RR473124829ZZ",  # no such country
        "xRR473124829GBx",
        "La facture 3 est payée. Factures de mars. La facture n'est pas due.",
        "facture des travaux 2026",
        "facture TOTALE",
        "Factures 2026",
        "Suivi n° 12",
        "1Z999AA1012345678",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text):
    assert values(text) == []


@given(st.text(alphabet="0123456789 .-/€abcdefABCDEF\n", max_size=300))
@settings(max_examples=150, deadline=None)
def test_whatever_is_found_is_there_in_order_and_apart(text):
    found = find(text)
    assert [one.start for one in found] == sorted(one.start for one in found)
    for one, following in pairwise(found):
        assert one.end <= following.start
    for one in found:
        assert normal(text[one.start : one.end].replace("(", "").replace(")", "")).endswith(one.value)


# What must


@pytest.mark.parametrize(("kind", "value"), CASES)
def test_each_sample_is_found_alone_and_in_a_sentence(kind, value):
    name = NAMED.get(kind, "")
    assert values(f"{name}{value}") == [(kind, value)]
    text = f"Merci de noter : {name}{value}. À bientôt, 3 rue des Lilas."
    (found,) = find(text)
    assert (found.kind, found.value, text[found.start : found.end]) == (kind, value, value)


S10 = st.builds(
    lambda service, number, country: f"{service}{number}{_s10(number)}{country}",
    st.sampled_from(["RR", "LX", "CP", "EE", "VV"]),
    st.from_regex(r"[0-9]{8}", fullmatch=True),
    st.sampled_from(["FR", "GB", "DE", "ES", "CN"]),
)
SSCC = st.from_regex(r"[0-9]{17}", fullmatch=True).map(lambda body: body + _gs1(body))
UPS = st.from_regex(r"[0-9A-Z]{6}[0-9]{9}", fullmatch=True).map(lambda body: f"1Z{body}{_ups(body)}")
SIRET = st.from_regex(r"[1-9][0-9]{7}", fullmatch=True).flatmap(
    lambda body: st.from_regex(r"[0-9]{4}", fullmatch=True).map(lambda branch: _siret(body, branch))
)
VAT = SIRET.map(lambda number: f"FR{(12 + 3 * (int(number[:9]) % 97)) % 97:02d}{number[:9]}")
IBAN = st.from_regex(r"[0-9]{23}", fullmatch=True).map(lambda body: _iban("FR", body))


def _s10(number: str) -> int:
    check = 11 - sum(int(d) * w for d, w in zip(number, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(check, check)


def _gs1(body: str) -> str:
    return str(-sum(int(d) * w for d, w in zip(reversed(body), cycle((3, 1)), strict=False)) % 10)


def _ups(body: str) -> str:
    numbers = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in body]
    return str(-sum(n * w for n, w in zip(numbers, cycle((1, 2)), strict=False)) % 10)


def _siret(body: str, branch: str) -> str:
    siren = body + luhn.calc_check_digit(body)
    return siren + branch + luhn.calc_check_digit(siren + branch)


def _iban(country: str, bban: str) -> str:
    return f"{country}{iban.calc_check_digits(f'{country}00{bban}')}{bban}"


def told_apart(value: str) -> bool:
    return len(set(re.sub(r"\D", "", value))) >= 4


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [(Kind.S10, S10), (Kind.SSCC, SSCC), (Kind.UPS, UPS), (Kind.SIRET, SIRET), (Kind.VAT, VAT), (Kind.IBAN, IBAN)],
)
def test_each_generated_number_is_found_in_noise_however_it_is_grouped(kind, numbers):
    @given(numbers.filter(told_apart), NOISE, NOISE, GROUPS, GAPS)
    @settings(max_examples=60, deadline=None)
    def check(value, before, after, size, gap):
        if kind is Kind.SIRET:
            written = value if not size else f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}"
        else:
            written = grouped(value, size, gap)
        name = "SSCC " if kind is Kind.SSCC else ""
        text = f"{before} {name}{written} {after}"
        found = find(text)
        assert (kind, value) in [(one.kind, one.value) for one in found]
        assert all(text[one.start : one.end] == written for one in found if one.value == value)

    check()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Facture n° 2026-03-0042 du 3 mars", Kind.INVOICE, "2026030042"),
        ("facture FA-2026/118.", Kind.INVOICE, "FA2026118"),
        ("Invoice number: INV_00917", Kind.INVOICE, "INV00917"),
        ("Credit note no. CN-4471", Kind.INVOICE, "CN4471"),
        ("Avoir n°A2026-12", Kind.INVOICE, "A202612"),
        ("Colissimo 6A12345678901", Kind.TRACKING, "6A12345678901"),
        ("Numéro de suivi : 8L98765432109", Kind.TRACKING, "8L98765432109"),
        ("tracking number JJD000390007827110482", Kind.TRACKING, "JJD000390007827110482"),
        ("(00) 1 0614141 123456789 7", Kind.SSCC, "106141411234567897"),
        ("00106141411234567897", Kind.SSCC, "106141411234567897"),
        ("RCS Lyon 732 829 320", Kind.SIREN, "732829320"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189 BIC AGRIFRPP", Kind.IBAN, "FR7630006000011234567890189"),
    ],
)
def test_a_label_says_what_a_number_is(text, kind, value):
    assert values(text) == [(kind, value)]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("rr 473 124 829 gb", "RR473124829GB"),
        ("où est RR473124829GB ?", "RR473124829GB"),
        ("fr76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        ("2026-03-0042", "2026030042"),
        ("facture 2026-03-0042", "2026030042"),
        ("732 829 320 00074", "73282932000074"),
        ("234829", "234829"),
    ],
)
def test_a_query_names_a_number_however_it_is_typed(query, value):
    assert value in asked(query)


@pytest.mark.parametrize("query", ["", "dépôt de garantie", "12 rue des Lilas", "x" * 5000, "à quelle heure ?"])
def test_a_question_names_none(query):
    assert asked(query) == []


def test_an_identifier_is_what_it_says():
    assert find("SIRET 732 829 320 00074")[0] == Identifier(Kind.SIRET, "73282932000074", 6, 23)
