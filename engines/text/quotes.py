"""Finds a quote again in the text it comes from, whatever reading a page or writing an answer did to it.

What is tolerated: white space and line ends, words hyphenated at a line's end, soft hyphens, ligatures, the kinds of
quotation marks, apostrophes and dashes, composed or decomposed accents, capitals. Not tolerated: another word, another
number, a missing accent. What is returned is the text's own place, so that the quote can be shown as it is written.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'", "‘": "'", "ʼ": "'",
                          "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‐": "-", "‑": "-",
                          "…": "..."})  # fmt: skip
_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
# A hyphen inside a word, at a line's end or not, may or may not be the word's own.
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐‑\u00ad](?:[ \t]*\r?\n[ \t]*)?(?=[^\W\d_])")
_SPACE = re.compile(r"\s+")
_CLOSING, _OPENING = frozenset(".,;:!?)%€»\"'"), frozenset("(«\"'")
_FEWEST_CHARACTERS = 8


def find(text: str, quote: str) -> tuple[int, int] | None:
    """Return where `quote` stands in `text` (start included, end excluded), or None. A quote shorter than eight
    characters says too little to be looked for.
    """
    wanted, _ = _flattened(quote)
    if len(wanted) < _FEWEST_CHARACTERS:
        return None
    flat, places = _flattened(text)
    at = flat.find(wanted)
    if at < 0:
        return None
    return places[at], places[at + len(wanted) - 1] + 1


def _flattened(text: str) -> tuple[str, list[int]]:
    """The text as it is compared, and for each of its characters where it stands in `text`."""
    skipped = {place for found in _HYPHEN.finditer(text) for place in range(*found.span())}
    written: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if place in skipped or character in _UNSEEN:
            continue
        for letter in _plain(character):
            if letter == " " and (not written or written[-1] == " " or written[-1] in _OPENING):
                continue
            if letter in _CLOSING and written and written[-1] == " ":
                written.pop()
                places.pop()
            written.append(letter)
            places.append(place)
    while written and written[-1] == " ":
        written.pop()
        places.pop()
    return "".join(written), places


def _plain(character: str) -> str:
    if character.isspace():
        return " "
    return _SPACE.sub("", unicodedata.normalize("NFKD", character.translate(_LETTERS)).casefold())
