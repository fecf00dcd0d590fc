"""What a word of a question may be called in a document: its synonyms, and its translations between French and English.

There is no translation model here: the trade's vocabulary is small, and a list of concepts finds what a model would.
Each line of `words/concepts.*.txt` is a concept, `English forms | French forms`, a form being a word or a short fixed
expression. Forms are compared once analysed (`analysis.terms`), so that inflections need no entry of their own.
`words/light.*.txt` are words that ask rather than tell (to find, to need, a number…) and count for less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

from engines.text.analysis import terms, tokens

Form = tuple[str, ...]

_THEMES = ("property", "logistics", "office", "common", "everyday")
_TRANSLATION, _SYNONYM = 0.8, 0.6
# A word of an expression, taken for itself: `deposit` in `security deposit`.
_INSIDE_AN_EXPRESSION = 0.7
_LIGHT = 0.3
_LONGEST_FORM = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One term of a question: `forms` are the ways of saying it, each of one or more analysed terms, with a weight of
    at most 1; `weight`, at most 1, is what the term itself counts for in the question.
    """

    forms: Mapping[Form, float]
    weight: float


class _Concepts(NamedTuple):
    """`by_form[language][form]` are the numbers of the concepts it may mean, `forms[language][number]` their forms."""

    by_form: Mapping[str, Mapping[Form, tuple[int, ...]]]
    forms: Mapping[str, tuple[tuple[Form, ...], ...]]


def load() -> None:
    """Read the word lists now: it takes a quarter of a second, for which no question should wait."""
    _concepts()
    for language in ("en", "fr"):
        _light(language)


def expand(question: str, *, source: str, target: str) -> dict[str, float]:
    """Return terms of the language `target` that may answer a question in `source`, each with a weight of at most 1.

    Raises KeyError for a language that is not ours.
    """
    weights: dict[str, float] = {}
    for each in asked(question, source=source, target=target):
        for form, weight in each.forms.items():
            for term in form:
                weights[term] = max(weights.get(term, 0.0), each.weight * weight / len(form))
    return weights


def asked(question: str, *, source: str, target: str) -> list[Asked]:
    """Return the question's terms in order, each once. Raises KeyError for a language that is not ours."""
    written = list(_written(question, source, target))
    sequence = tuple(term for term, _ in written)
    light = _light(source)
    found: dict[str, Asked] = {}
    for place, (term, exact) in enumerate(written):
        others = _others(sequence, place, source=source, target=target)
        # A word that the concepts translate is not looked for as it is: `location` is a lease in French.
        forms = others if others and source != target else others | dict.fromkeys(exact, 1.0)
        # In `rue des Lilas`, `des` says nothing in French, though it is not an English word.
        weight = 0.0 if not forms else _LIGHT if term in light else 1.0
        found.setdefault(term, Asked(forms=forms, weight=weight))
    return list(found.values())


def _written(question: str, source: str, target: str) -> Iterator[tuple[str, list[Form]]]:
    """The question's terms, each with the forms it has in a document as it is written."""
    for token, analysed in tokens(question, source):
        same = analysed if source == target else terms(token, target)
        if len(analysed) == 1:
            yield analysed[0], [tuple(same)] if same else []
        elif analysed:
            *parts, whole = analysed
            yield whole, [tuple(parts), (whole,)]


def _others(sequence: Form, place: int, *, source: str, target: str) -> dict[Form, float]:
    """What the term at `place`, or the longest expression it is in, is called otherwise."""
    concepts = _concepts()
    known = concepts.by_form[source]
    best = _SYNONYM if source == target else _TRANSLATION
    found: dict[Form, float] = {}
    longest = max(
        (end - start for start, end in _spans(len(sequence), place) if sequence[start:end] in known), default=0
    )
    for start, end in _spans(len(sequence), place):
        meant = known.get(sequence[start:end], ())
        if end - start not in {1, longest}:
            continue
        weight = best if end - start == longest else best * _INSIDE_AN_EXPRESSION
        for form in chain.from_iterable(concepts.forms[target][number] for number in meant):
            found[form] = max(found.get(form, 0.0), weight)
    return found


def _spans(length: int, place: int) -> Iterator[tuple[int, int]]:
    for size in range(1, _LONGEST_FORM + 1):
        for start in range(max(0, place - size + 1), min(place, length - size) + 1):
            yield start, start + size


@cache
def _concepts() -> _Concepts:
    by_form: dict[str, dict[Form, tuple[int, ...]]] = {"en": {}, "fr": {}}
    forms: dict[str, list[tuple[Form, ...]]] = {"en": [], "fr": []}
    for number, line in enumerate(chain.from_iterable(_lines(f"concepts.{theme}") for theme in _THEMES)):
        for language, written in zip(("en", "fr"), line.split("|"), strict=True):
            analysed = dict.fromkeys(tuple(terms(form, language)) for form in written.split(","))
            analysed.pop((), None)
            forms[language].append(tuple(analysed))
            for form in analysed:
                by_form[language][form] = (*by_form[language].get(form, ()), number)
    return _Concepts(by_form=by_form, forms={language: tuple(each) for language, each in forms.items()})


@cache
def _light(language: str) -> frozenset[str]:
    return frozenset(terms(" ".join(_lines(f"light.{language}")), language))


def _lines(name: str) -> list[str]:
    text = (files(__package__) / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
