"""A cell's value as its sheet shows it, as far as its number format says in any language."""

import datetime as dt
import re
from typing import Final

_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.')
_CURRENCY: Final = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]|([€$£])")
_BRACKETS: Final = re.compile(r"\[[^\]]*\]")
_DECIMALS: Final = re.compile(r"[0#?]\.([0#?]+)")
_MIDNIGHT: Final = dt.time()
_DIGITS: Final = 15  # what a spreadsheet keeps


def shown(value: object, number_format: str) -> str:
    """Dates as 31/12/2026 (or 2026-12-31 where the year stands first), amounts with their decimals and currency.

    Thousands are not grouped: a number is found as it is typed.
    """
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value, number_format)
        case dt.datetime() | dt.date() | dt.time():
            return _moment(value, number_format)
        case dt.timedelta():
            return _duration(value)
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str:
    format_ = (number_format or "General").split(";")[0]
    currency = next((found[1] or found[2] or "" for found in _CURRENCY.finditer(format_)), "")
    bare = _BRACKETS.sub("", _QUOTED.sub("", format_))
    decimals = _DECIMALS.search(bare)
    places = len(decimals[1]) if decimals else 0
    if "%" in bare:
        return f"{value * 100:.{places}f} %"
    if bare.strip().lower() in {"general", "standard", "@", ""} or "e+" in bare.lower():
        text = str(value) if isinstance(value, int) else f"{value:.{_DIGITS}g}"
    elif set(bare) & set("0#?"):
        text = f"{value:.{places}f}"
        text = _padded(text, bare)
    else:
        text = f"{value:.{_DIGITS}g}"
    return f"{text} {currency}".strip()


def _padded(text: str, bare: str) -> str:
    """Zeros that a format asks for at the front: a postcode, a reference."""
    digits = re.fullmatch(r"0{2,}", bare.strip())
    return text.zfill(len(digits[0])) if digits else text


def _moment(value: dt.datetime | dt.date | dt.time, number_format: str) -> str:
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    letters = _BRACKETS.sub("", _QUOTED.sub("", number_format or "")).lower().lstrip()
    day = value.strftime("%Y-%m-%d" if letters.startswith("y") else "%d/%m/%Y")
    if not isinstance(value, dt.datetime) or value.time() == _MIDNIGHT:
        return day
    return f"{day} {value.strftime('%H:%M')}"


def _duration(value: dt.timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if seconds else f"{hours}:{minutes:02}"
