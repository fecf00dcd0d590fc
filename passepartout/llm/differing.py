"""Two answers, sentence by sentence; two versions of a prompt, line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from engines.text.sentences import sentences

from .prompts import LANGUAGES, Prompt


@dataclass(frozen=True)
class Difference:
    """``kind``: same, changed, added or removed; ``before`` and ``after`` are the sentences (lines) on either side."""

    kind: str
    before: list[str]
    after: list[str]


_KINDS = {"equal": "same", "replace": "changed", "insert": "added", "delete": "removed"}


def differences(before: str, after: str, *, language: str) -> list[Difference]:
    """In the order of the texts. Spaces between words do not count."""
    return _compared(list(_sentences(before, language)), list(_sentences(after, language)))


def _compared(old: Sequence[str], new: Sequence[str], *, autojunk: bool = False) -> list[Difference]:
    """With ``autojunk``, lines that come again and again do not make it slow."""
    matcher = SequenceMatcher(None, old, new, autojunk=autojunk)
    return [Difference(_KINDS[tag], list(old[a:b]), list(new[c:d])) for tag, a, b, c, d in matcher.get_opcodes()]


def _sentences(text: str, language: str) -> Iterator[str]:
    for each in sentences(text, language):
        said = " ".join(text[each.start : each.end].split())
        if said:
            yield said


@dataclass(frozen=True)
class PromptDifference:
    """Where two versions differ. ``texts``: of each text that does (``fr.system`` …), its lines; ``parameters``: value
    before and after of each that does, None where a version does not give it.
    """

    before: int
    after: int
    texts: Mapping[str, list[Difference]]
    parameters: Mapping[str, tuple[Any, Any]]

    @property
    def same(self) -> bool:
        return not self.texts and not self.parameters


def prompt_differences(before: Prompt, after: Prompt) -> PromptDifference:
    texts = {}
    for language in LANGUAGES:
        for part in ("system", "user"):
            old, new = (getattr(each.templates[language], part).strip() for each in (before, after))
            if old != new:
                texts[f"{language}.{part}"] = _compared(old.splitlines(), new.splitlines(), autojunk=True)
    names = sorted(before.parameters.keys() | after.parameters.keys())
    values = {name: (before.parameters.get(name), after.parameters.get(name)) for name in names}
    return PromptDifference(
        before.number, after.number, texts, {name: pair for name, pair in values.items() if pair[0] != pair[1]}
    )
