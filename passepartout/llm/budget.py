"""How much of the passages fits the model's context, cut at the ends of sentences."""

from collections.abc import Sequence

from engines.text import Passage
from engines.text.sentences import sentences

# Fewer characters than a token holds in the languages and vocabularies we serve: an estimate on the safe side.
CHARACTERS_PER_TOKEN = 2.5
_SHORTEST = 120  # a shorter rest of a passage says nothing


def room_for_passages(*, context: int, answer_tokens: int, other_characters: int) -> int:
    """Characters left for passages when the model reads ``context`` tokens, its answer included. At least 0."""
    return max(0, int((context - answer_tokens) * CHARACTERS_PER_TOKEN) - other_characters)


def fitted(passages: Sequence[Passage], characters: int, *, overhead: int) -> list[tuple[Passage, str]]:
    """The passages, best first, each with the text that is shown of it, until ``characters`` are used.

    ``overhead`` is what each costs beside its text. One that does not fit whole ends with a sentence, or is left out.
    """
    chosen: list[tuple[Passage, str]] = []
    left = characters
    for passage in passages:
        text = _cut(passage, left - overhead)
        if text:
            chosen.append((passage, text))
            left -= len(text) + overhead
    return chosen


def _cut(passage: Passage, room: int) -> str:
    if len(passage.text) <= room:
        return passage.text
    if room < _SHORTEST:
        return ""
    ends = [each.end for each in sentences(passage.text, passage.language) if each.end <= room]
    return passage.text[: ends[-1]] if ends else ""
