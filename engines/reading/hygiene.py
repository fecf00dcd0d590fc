"""Text that says what its reader sees: one newline, composed accents, nothing invisible.

Invisible characters are how a document speaks to a model behind its reader's back (Unicode "tag" smuggling,
bidirectional overrides, forbidden words split by zero-width spaces); they also break search. They are removed here,
once, and counted.
"""

import re
import unicodedata
from typing import Final, NamedTuple

_NEWLINES: Final = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufff0-\uffff\ud800-\udfff]")
# Zero-width and bidirectional controls, fillers, variation selectors (they carry smuggled bytes), tags.
_HIDDEN: Final = re.compile(
    "[\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SOFT_HYPHEN: Final = "\u00ad"  # ordinary typography, so dropped without a word
_LIGATURES: Final = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_UNCLEAN: Final = re.compile(
    f"{_NEWLINES.pattern}|{_CONTROL.pattern}|{_HIDDEN.pattern}|[{_SOFT_HYPHEN}{''.join(map(chr, _LIGATURES))}]"
)


class Cleaned(NamedTuple):
    """The text, and how many invisible and how many control characters it lost."""

    text: str
    hidden: int
    control: int


def is_clean(text: str) -> bool:
    """Whether `clean` would return the text as it is: one fast look at a whole page spares one per line."""
    return (text.isascii() and text.isprintable()) or not _needs_cleaning(text)


def _needs_cleaning(text: str) -> bool:
    return _UNCLEAN.search(text) is not None or not unicodedata.is_normalized("NFC", text)


def shows_everything(text: str) -> bool:
    """Whether nothing in the text is invisible or a control character other than newline and tab."""
    return _HIDDEN.search(text) is None and _CONTROL.search(text) is None


def clean(text: str) -> Cleaned:
    r"""Newlines become "\n", accents are composed (NFC), Latin ligatures are spelled out, the invisible is removed."""
    if is_clean(text):
        return Cleaned(text, 0, 0)
    text = _NEWLINES.sub("\n", text)
    text, hidden = _HIDDEN.subn("", text)
    text, control = _CONTROL.subn("", text)
    text = text.replace(_SOFT_HYPHEN, "").translate(_LIGATURES)
    return Cleaned(unicodedata.normalize("NFC", text), hidden, control)


def clean_title(text: str, *, longest: int = 300) -> str:
    """A title on one line of at most `longest` characters."""
    return " ".join(clean(text[: longest * 4]).text.split())[:longest]
