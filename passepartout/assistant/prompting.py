"""What a model is told: instructions, then numbered passages apart from them, then the question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engines.llm import LanguageModel
from engines.text import Passage, extractive
from engines.text.citations import label
from passepartout.llm.budget import fitted, room_for_passages
from passepartout.llm.contexts import TURN_BEFORE
from passepartout.llm.gateway import Request
from passepartout.llm.prompts import Prompt

_LONGEST_TITLE = 120
_LONGEST_TURN = 600
_FENCE = 80  # characters around a passage beside its title
# A passage must not end its own frame, nor carry a label of another.
_FRAME = re.compile(r"<(?=\s*/?\s*(?:passage|sql)\b)", re.IGNORECASE)
_LABEL = re.compile(r"\[(?=\s*DOC\s*:)", re.IGNORECASE)
_LABELS_OF_ANSWERS = re.compile(r"\s*\[DOC:[^\]\s]+\]")


@dataclass(frozen=True)
class Asked:
    """``labels``: what the model may cite, as it is told (`1-3`) and in full, to the label that we write.
    ``shown``: the passages that it was given.
    """

    request: Request
    labels: Mapping[str, str]
    shown: Sequence[Passage]


@dataclass(frozen=True)
class Turn:
    """What was asked and answered before in the conversation; both "" at its beginning."""

    question: str = ""
    answer: str = ""


def request_for(
    model: LanguageModel, prompt: Prompt, question: str, *, language: str, passages: Sequence[Passage],
    organization: str, before: Turn,
) -> Asked:  # fmt: skip
    """The rendered messages, the passages cut to what the model can read. ``passages``: best first."""
    values = {
        "organization": organization,
        "question": question,
        "history": _history(before, language),
        "unknown": extractive.UNKNOWN[language],
    }
    others = sum(len(each.content) for each in prompt.messages(language, passages="", **values))
    room = room_for_passages(context=model.context, answer_tokens=prompt.sampling.max_tokens, other_characters=others)
    shown = fitted(passages, room, overhead=_LONGEST_TITLE + _FENCE)
    numbers = {ident: number for number, ident in enumerate(dict.fromkeys(each.document_id for each, _ in shown), 1)}
    written = "\n".join(_passage(each, text, numbers[each.document_id]) for each, text in shown)
    request = Request(
        prompt,
        prompt.messages(language, passages=written, **values),
        [label(each.document_id, each.part) for each, _ in shown],
    )
    return Asked(request, _labels([each for each, _ in shown], numbers), [each for each, _ in shown])


def _labels(shown: Sequence[Passage], numbers: Mapping[str, int]) -> dict[str, str]:
    names = {}
    for each in shown:
        full = label(each.document_id, each.part)
        names[f"{numbers[each.document_id]}-{each.part}"] = full
        names[f"{each.document_id}-{each.part}"] = full
    return names


def _passage(passage: Passage, text: str, number: int) -> str:
    """Short labels: a model copies `[DOC:1-3]` without a slip, and a uuid costs it twenty tokens."""
    title = _harmless(" ".join(passage.title.split()))[:_LONGEST_TITLE].replace('"', "'")
    return f'<passage label="[DOC:{number}-{passage.part}]" title="{title}">\n{_harmless(text)}\n</passage>'


def _harmless(text: str) -> str:
    return _LABEL.sub("(", _FRAME.sub("‹", text))


def _history(before: Turn, language: str) -> str:
    if not before.question:
        return ""
    asked, said = TURN_BEFORE[language], "Réponse" if language == "fr" else "Answer"
    answer = _LABELS_OF_ANSWERS.sub("", before.answer)[:_LONGEST_TURN]
    return f"{asked}: {_harmless(before.question[:_LONGEST_TURN])}\n{said}: {_harmless(answer)}"
