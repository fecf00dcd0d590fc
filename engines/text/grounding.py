"""Checks what a model wrote against the passages that it was given, sentence by sentence. Nothing is hidden: a sentence
that the passages do not carry is marked, and says why.

A sentence is grounded when it cites passages of this request, one or two neighbouring sentences of each such passage
share enough of its words (in the other language through the lexicon), they deny what it denies, and its numbers, dates
and names are in the passages that it cites. Words between quotation marks must be in the passage as they are written.
That is a check of words, not of meaning: it finds what was invented, not every wrong conclusion (docs/guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engines.text import Passage, Quote
from engines.text.analysis import terms
from engines.text.citations import label, parse
from engines.text.facts import denies, missing
from engines.text.lexicon import Asked, asked
from engines.text.quotes import find
from engines.text.sentences import sentences

# The share of a sentence's words that the quote must hold, by whether both are in one language: what is translated is
# found through a lexicon of the trade, which does not know every word.
SAME_LANGUAGE, TRANSLATED = 0.5, 0.34
# Two sentences as one quote must hold this much more than the better of them.
_WORTH_A_SECOND = 0.15
_FEWEST_WORDS = 3
_LONGEST_TEXT = 40_000
_STOP_THEN_LABELS = re.compile(r"(?P<stop>[.!?…]+[\"»”)]*)(?P<labels>(?:\s*\[DOC:[^\]\s]+\])+)")
_LABEL = re.compile(r"\s*\[DOC:[^\]\s]+\]")
_QUOTED = re.compile(r"«\s*([^«»]{12,600}?)\s*»|“([^“”]{12,600})”|\"([^\"]{12,600})\"")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Grounding:
    """One sentence of an answer. `reason` is "" when it is grounded, else `uncited`, `unsupported`, `quote`, `denial`,
    `number`, `date` or `name`: what the passages lack. `quotes` are what carries it, one per passage that does.
    """

    text: str
    grounded: bool
    reason: str
    quotes: tuple[Quote, ...]
    ends_line: bool


@dataclass(frozen=True, slots=True)
class Grounded:
    """`text` is what may be shown: each grounded sentence followed by the labels of its quotes, the others without."""

    text: str
    sentences: tuple[Grounding, ...]

    @property
    def share(self) -> float:
        """How much of the answer is grounded, by sentences, 0 to 1."""
        return sum(each.grounded for each in self.sentences) / len(self.sentences) if self.sentences else 0.0

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return tuple(quote for each in self.sentences for quote in each.quotes)


def ground(text: str, *, language: str, passages: Sequence[Passage]) -> Grounded:
    """`text` is cleaned (`cleaning`): its labels are of `passages`. Raises KeyError for a language that is not ours."""
    known = {label(passage.document_id, passage.part): passage for passage in passages}
    checked = tuple(_checked(*each, language=language, known=known) for each in _split(text[:_LONGEST_TEXT], language))
    return Grounded(text=_written(checked), sentences=checked)


def _split(text: str, language: str) -> Iterator[tuple[str, list[str], bool]]:
    """Each sentence without its labels, its labels, and whether a line ends after it."""
    text = _STOP_THEN_LABELS.sub(lambda found: f"{found['labels']}{found['stop']}", text)
    for each in sentences(text, language):
        inside = text[each.start : each.end]
        labels = [label(found.document_id, found.part) for found in parse(inside)]
        said = _LABEL.sub("", inside).strip()
        if _WORD.search(said):
            yield " ".join(said.split()), list(dict.fromkeys(labels)), text[each.end : each.end + 2].startswith("\n")


def _checked(
    said: str, labels: list[str], ends_line: bool, *, language: str, known: Mapping[str, Passage]
) -> Grounding:
    cited = [known[name] for name in labels if name in known]
    if not cited:
        return Grounding(said, False, "uncited", (), ends_line)
    found = {id(passage): _support(said, language, passage) for passage in cited}
    carrying = [passage for passage in cited if found[id(passage)] is not None]
    quotes = tuple(quote for quote in found.values() if quote is not None)
    reason = _reason(said, language, carrying, quotes) or _misquoted(said, cited)
    return Grounding(said, not reason, reason, quotes if not reason else (), ends_line)


def _reason(said: str, language: str, carrying: list[Passage], quotes: tuple[Quote, ...]) -> str:
    if not quotes:
        return "unsupported"
    if not any(denies(quote.text) == denies(said) for quote in quotes):
        return "denial"
    return missing(said, language, [(f"{each.title}\n{each.text}", each.language) for each in carrying])


def _misquoted(said: str, cited: Sequence[Passage]) -> str:
    for found in _QUOTED.finditer(said):
        words = next(group for group in found.groups() if group)
        if not any(find(f"{passage.title}\n{passage.text}", words) for passage in cited):
            return "quote"
    return ""


def _support(said: str, language: str, passage: Passage) -> Quote | None:
    """The words of the passage that carry the sentence, as they are written there; None when none do."""
    for found in _QUOTED.finditer(said):
        place = find(passage.text, next(group for group in found.groups() if group))
        if place is not None:
            return Quote(passage, *place, passage.text[slice(*place)])
    floor = SAME_LANGUAGE if language == passage.language else TRANSLATED
    words = asked(_QUOTED.sub(" ", said) if _short(said) else said, source=language, target=passage.language)
    best = max(_spans(passage, words), key=lambda each: (each[0], -each[1]), default=None)
    if best is None or best[0] < floor:
        return None
    return Quote(passage, best[1], best[2], passage.text[best[1] : best[2]])


def _short(said: str) -> bool:
    return len(said.split()) <= _FEWEST_WORDS


def _spans(passage: Passage, words: Sequence[Asked]) -> Iterator[tuple[float, int, int]]:
    """(share of the words, start, end) of each sentence of the passage, and of each two that say more than either."""
    found = []
    for each in sentences(passage.text, passage.language):
        there = frozenset(terms(passage.text[each.start : each.end], passage.language))
        found.append((_share(words, there), each.start, each.end, there))
    yield from ((share, start, end) for share, start, end, _ in found)
    for (first, start, _, here), (second, _, end, there) in pairwise(found):
        both = _share(words, here | there)
        if both >= max(first, second) + _WORTH_A_SECOND:
            yield both - _WORTH_A_SECOND / 2, start, end


def _share(words: Sequence[Asked], there: frozenset[str]) -> float:
    total = sum(each.weight for each in words)
    if not total:
        return 0.0
    held = (each.weight * max((_held(form, there) for form in each.forms), default=0.0) for each in words)
    return sum(held) / total


def _held(form: tuple[str, ...], there: frozenset[str]) -> float:
    """A synonym says as much as the word here: what counts is whether it is said at all."""
    return sum(term in there for term in form) / len(form)


def _written(checked: Sequence[Grounding]) -> str:
    pieces: list[str] = []
    for each in checked:
        labels = "".join(f" {label(quote.passage.document_id, quote.passage.part)}" for quote in each.quotes)
        pieces.append(f"{each.text}{labels}{chr(10) if each.ends_line else ' '}")
    return "".join(pieces).strip()
