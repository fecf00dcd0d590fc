"""Check digits. Each function takes a value in normal form and gives the one to keep, or "" when it is none.

Sources: UPU S10; GS1 General Specifications (SSCC, mod 10); UPS' 1Z and FedEx' 12 digits as tried on published samples;
the rest python-stdnum (SIREN and SIRET by Luhn, La Poste's own rule included, VAT by country, IBAN by ISO 13616).
"""

from itertools import cycle
from typing import Final

from phonenumbers import SUPPORTED_REGIONS
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret
from stdnum.gb import vat as stdnum_gb_vat

_S10_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
_S10_SPECIAL: Final = {10: 0, 11: 5}
_SSCC_DIGITS, _SSCC_WITH_PREFIX = 18, 20
_FEDEX_EXPRESS, _FEDEX_GROUND = 12, 15
_SAME: Final = 3  # numbers of one or two different digits are forms left blank, not identifiers


def _told_apart(value: str) -> bool:
    return len({character for character in value if character.isdigit()}) >= _SAME


def s10(value: str) -> str:
    digits, country = value[2:11], value[11:]
    if country not in SUPPORTED_REGIONS or not digits.isdecimal() or not _told_apart(value):
        return ""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, _S10_WEIGHTS, strict=False)) % 11
    return value if _S10_SPECIAL.get(check, check) == int(digits[8]) else ""


def _gs1(digits: str) -> bool:
    """Modulo 10, weights 3 and 1 from the right, the check digit last."""
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits[:-1]), cycle((3, 1)), strict=False))
    return (10 - total % 10) % 10 == int(digits[-1])


def sscc(value: str) -> str:
    digits = value[2:] if len(value) == _SSCC_WITH_PREFIX and value.startswith("00") else value
    good = len(digits) == _SSCC_DIGITS and digits.isdecimal() and _told_apart(digits) and _gs1(digits)
    return digits if good else ""


def ups(value: str) -> str:
    """1Z, fifteen characters, check digit: letters count as (code - 63) mod 10, every second character double."""
    body, check = value[2:-1], value[-1]
    if not check.isdecimal() or not _told_apart(value[2:]):
        return ""
    numbers = [int(one) if one.isdecimal() else (ord(one) - 63) % 10 for one in body]
    total = sum(number * weight for number, weight in zip(numbers, cycle((1, 2)), strict=False))
    return value if (10 - total % 10) % 10 == int(check) else ""


def fedex(value: str) -> str:
    if not _told_apart(value):
        return ""
    if len(value) == _FEDEX_EXPRESS:
        total = sum(int(digit) * weight for digit, weight in zip(value[:-1], cycle((3, 1, 7)), strict=False))
        return value if total % 11 % 10 == int(value[-1]) else ""
    return value if len(value) == _FEDEX_GROUND and _gs1(value) else ""


def siren(value: str) -> str:
    return value if _told_apart(value) and stdnum_siren.is_valid(value) else ""


def siret(value: str) -> str:
    return value if _told_apart(value) and stdnum_siret.is_valid(value) else ""


def vat(value: str) -> str:
    if not _told_apart(value):
        return ""
    good = stdnum_gb_vat.is_valid(value) if value.startswith("GB") else stdnum_vat.is_valid(value)
    return value if good else ""


def iban(value: str) -> str:
    """Length and check digits; not whether the country knows such a bank, of which the lists grow old."""
    return value if _told_apart(value) and stdnum_iban.is_valid(value, check_country=False) else ""
