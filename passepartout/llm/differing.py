"""Two answers, sentence by sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from engines.text.sentences import sentences


@dataclass(frozen=True)
class Difference:
    """``kind``: same, changed, added or removed; ``before`` and ``after`` are the sentences on either side."""

    kind: str
    before: list[str]
    after: list[str]


_KINDS = {"equal": "same", "replace": "changed", "insert": "added", "delete": "removed"}


def differences(before: str, after: str, *, language: str) -> list[Difference]:
    """In the order of the texts. Spaces between words do not count."""
    old, new = list(_sentences(before, language)), list(_sentences(after, language))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [Difference(_KINDS[tag], old[a:b], new[c:d]) for tag, a, b, c, d in matcher.get_opcodes()]


def _sentences(text: str, language: str) -> Iterator[str]:
    for each in sentences(text, language):
        said = " ".join(text[each.start : each.end].split())
        if said:
            yield said
