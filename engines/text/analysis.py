"""Turns text into the terms that BM25 counts: the same function for what is indexed and for what is asked.

A word is freed of its elision, folded to plain lower-case letters, dropped if it is a stop word and stemmed (Snowball).
Folded first, because people type `delai` and `livree` where documents say `délai` and `livrée`: both must give the same
term. Snowball's French needs some accents, so those that a word's ending implies are put back. On 4,913 French words of
the trade, 1,570 of them accented: stemmed as they are, 400 lose what is typed without accents, now none; of 3,303 pairs
that met (`livrer`, `livrée`), 10 no longer do and 124 others now do; there are not more terms to index.

What holds a digit is an identifier or a number and is never stemmed: it gives its written parts and, when it has
several, the whole without separators, so that `BL-2024-0117` meets both `BL 2024 0117` and `BL20240117`. `2 450,00` and
`2,450.00` are both `2450`.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

import snowballstemmer

from engines.text.vocabulary import stop_words

# Change it whenever `terms` gives something else for some text: indexes made with another version must be made again.
ANALYSER_VERSION = 3

_STEMMERS = {"fr": "french", "en": "english"}
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
_SPACE = "[ \u00a0\u202f\u2009]"
_THOUSAND = 3

_IBAN = rf"(?<!\w)[a-z]{{2}}\d{{2}}(?:{_SPACE}[a-z0-9]{{4}}){{2,}}(?:{_SPACE}[a-z0-9]{{1,4}})?(?!\w)"
_FRENCH_TELEPHONE = rf"(?<!\w)(?:\+\d{{2}}{_SPACE}\d|0\d)(?:[ .\u00a0\u202f-]\d\d){{4}}(?!\w)"
_THOUSANDS = rf"\d{{1,3}}(?:(?:{_SPACE}\d{{3}})+|(?:[.,'’]\d{{3}})+)(?:[.,]\d{{1,2}})?"
_NUMBER = rf"(?<![\w.,/-])(?:{_THOUSANDS}|\d+[.,]\d+)(?![\w/-]|[.,]\d)"
_CODE = r"(?=[\w./-]*\d)[^\W_]+(?:[-_./][^\W_]+)*"
_WORD = r"[^\W\d_]+(?:['’][^\W\d_]+)*"
_TOKEN = re.compile(
    f"(?P<grouped>{_IBAN}|{_FRENCH_TELEPHONE})|(?P<number>{_NUMBER})|(?P<code>{_CODE})|(?P<word>{_WORD})"
)
_KEPT_WHOLE = re.compile(r"aujourd['’]hui|prud['’]hom\w+")
_APOSTROPHE = re.compile(r"['’]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_FRENCH_ENDINGS = [
    (re.compile(r"(?<=[a-z]{2})ee(s?)$"), r"ée\1"),
    (re.compile(r"iere(s?)$"), r"ière\1"),
    (re.compile(r"erent$"), "èrent"),
    (re.compile(r"ite(s?)$"), r"ité\1"),
    (re.compile(r"ye(s?)$"), r"yé\1"),
]
# Stems that keep their last i, of words that are not of the family they look like (a boiler is not something hot).
_KEEPING_I = frozenset({"barri", "chaudi", "courti", "ouvri", "pompi", "quarti", "sommi"})
_SHORT_STEM = 4
_PER_THREAD = threading.local()


def fold(text: str) -> str:
    """Lower case, no accents, ligatures opened: `Œuvre d’ÉTÉ` gives `oeuvre d'ete`."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES).replace("’", "'"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def terms(text: str, language: str) -> list[str]:
    """Return the terms in the order of the text, repetitions included. Raises KeyError for a language not ours."""
    return [term for _, found in tokens(text, language) for term in found]


def tokens(text: str, language: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what is written, in lower case, with its terms (none for a stop word). Raises KeyError as `terms` does."""
    stem, dropped = _STEMMERS[language], stop_words(language)
    for token in _TOKEN.finditer(unicodedata.normalize("NFC", text).lower()):
        written = token.group()
        if token.lastgroup == "word":
            folded = map(_folded, _words(written))
            yield written, [_stem(word, stem) for word in folded if word not in dropped]
        elif token.lastgroup == "number":
            yield written, [_number(written)]
        else:
            yield written, list(_identifier(written))


def _words(written: str) -> Iterator[str]:
    if _KEPT_WHOLE.fullmatch(written):
        yield _APOSTROPHE.sub("", written)
    else:
        yield from _APOSTROPHE.split(written)


def _number(written: str) -> str:
    """Three digits after a mark are thousands and lose the mark; decimals keep a point and lose their last zeros."""
    *whole, last = re.split(r"[.,'’ \u00a0\u202f\u2009]", written)
    if len(last) == _THOUSAND or not whole:
        return "".join(whole) + last
    decimals = last.rstrip("0")
    return "".join(whole) + (f".{decimals}" if decimals else "")


def _identifier(written: str) -> Iterator[str]:
    parts = [fold(part) for part in _NOT_ALPHANUMERIC.split(written) if part]
    yield from parts
    if len(parts) > 1:
        yield "".join(parts)


@lru_cache(maxsize=100_000)
def _folded(word: str) -> str:
    return fold(word)


@lru_cache(maxsize=100_000)
def _stem(folded: str, algorithm: str) -> str:
    return _french_stem(folded) if algorithm == "french" else _stemmer(algorithm)(folded)


def _french_stem(folded: str) -> str:
    """Also drops the last i of `verifi`, so that `vérifié` meets `vérifier`."""
    accented = folded
    for ending, replacement in _FRENCH_ENDINGS:
        accented = ending.sub(replacement, accented)
    stem = fold(_stemmer("french")(accented))
    return stem[:-1] if stem.endswith("i") and len(stem) > _SHORT_STEM and stem not in _KEEPING_I else stem


def _stemmer(algorithm: str) -> Callable[[str], str]:
    """One per thread: a Snowball stemmer keeps the word it works on in itself."""
    stemmers: dict[str, Callable[[str], str]] = _PER_THREAD.__dict__
    if algorithm not in stemmers:
        stemmers[algorithm] = snowballstemmer.stemmer(algorithm).stemWord
    return stemmers[algorithm]
