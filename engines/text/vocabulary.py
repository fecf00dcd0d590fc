"""The word lists of `words/`: folded (lower case, no accents), without elided forms.

`stop`: words too common to search for. From the Snowball project's lists (BSD-3-Clause), less those that change the
answer (pas, not, sans, sous, before, après…). `nouns`: the trade's, that are spelled in one of the two languages only.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def stop_words(language: str) -> frozenset[str]:
    return _read(f"stop.{language}")


@cache
def trade_nouns(language: str) -> frozenset[str]:
    return _read(f"nouns.{language}")


def _read(name: str) -> frozenset[str]:
    return frozenset((files(__package__) / "words" / f"{name}.txt").read_text(encoding="utf-8").split())
