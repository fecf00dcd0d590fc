"""Reading what engines answered, and which prompts are in use."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passepartout.kernel.errors import NotFound

from .differing import prompt_differences
from .models import LlmJob, PromptLabel, PromptLabelMove, PromptVersion
from .prompts import IN_CODE, Declared, Prompt, Template, declared, declared_as


def asks_since(moment: datetime) -> int:
    """Questions that the organization in scope has asked since."""
    return int(LlmJob.objects.filter(purpose="ask", created_at__gte=moment).count())


@dataclass(frozen=True)
class Catalogued:
    """A prompt as its organization sees it. ``labels``: the number of the version that each names (0: the code's)."""

    key: str
    required: list[str]
    optional: list[str]
    labels: dict[str, int]
    versions: list[Any]
    moves: list[Any]


def prompt_in_use(key: str, *, label: str = PromptLabel.Name.PRODUCTION) -> Prompt:
    """The version that ``label`` names in the organization in scope. Raises NotFound for an unknown key."""
    known = declared_as(key)
    row = PromptLabel.objects.filter(key=key, name=label).select_related("version").first()
    return as_prompt(row.version) if row is not None and row.version is not None else known.default


def prompt_version(key: str, number: int) -> Prompt:
    """Raises NotFound."""
    known = declared_as(key)
    if number == IN_CODE:
        return known.default
    row = PromptVersion.objects.filter(key=key, number=number).first()
    if row is None:
        raise NotFound("This prompt has no such version.")
    return as_prompt(row)


def version_row(key: str, number: int) -> PromptVersion | None:
    """None for the version in the code."""
    row: PromptVersion | None = PromptVersion.objects.filter(key=key, number=number).first()
    return row


def as_prompt(row: PromptVersion) -> Prompt:
    templates = {language: Template(**template) for language, template in row.templates.items()}
    return Prompt(row.key, row.number, templates, row.parameters)


def catalogue() -> list[Catalogued]:
    """Every prompt, with the versions of the organization in scope."""
    versions: dict[str, list[PromptVersion]] = defaultdict(list)
    for version in PromptVersion.objects.order_by("key", "-number"):
        versions[version.key].append(version)
    moves: dict[str, list[PromptLabelMove]] = defaultdict(list)
    for move in PromptLabelMove.objects.order_by("key", "-created_at", "-id"):
        moves[move.key].append(move)
    named: dict[str, dict[str, int]] = defaultdict(lambda: {str(name): IN_CODE for name in PromptLabel.Name})
    for row in PromptLabel.objects.select_related("version"):
        named[row.key][row.name] = row.version.number if row.version else IN_CODE
    return [
        Catalogued(
            key=each.key,
            required=sorted(each.required),
            optional=sorted(each.optional),
            labels=named[each.key],
            versions=[*versions[each.key], in_code(each)],
            moves=moves[each.key],
        )
        for each in declared().values()
    ]


def prompt_diff(before: Prompt, after: Prompt) -> dict[str, Any]:
    """Where two versions of a prompt differ."""
    found = prompt_differences(before, after)
    texts = [(name.partition("."), lines) for name, lines in found.texts.items()]
    return {
        "key": before.key,
        "before": found.before,
        "after": found.after,
        "same": found.same,
        "templates": [{"language": name[0], "part": name[2], "lines": lines} for name, lines in texts],
        "parameters": [{"name": name, "before": old, "after": new} for name, (old, new) in found.parameters.items()],
    }


def prompt_label(key: str, name: str) -> dict[str, Any]:
    """What a label names, and every move that brought it there, newest first. Raises NotFound."""
    if name not in PromptLabel.Name.values:
        raise NotFound("There is no such label.")
    moves = PromptLabelMove.objects.filter(key=key, name=name).order_by("-created_at", "-id")
    return {"key": key, "label": name, "version": prompt_in_use(key, label=name).number, "moves": list(moves)}


def in_code(known: Declared) -> dict[str, Any]:
    """The code's own version, in the shape of a row."""
    prompt = known.default
    templates = {name: {"system": each.system, "user": each.user} for name, each in prompt.templates.items()}
    return {
        "number": IN_CODE, "templates": templates, "parameters": dict(prompt.parameters), "sha256": prompt.sha256,
        "note": "", "created_by": None, "created_at": None,
    }  # fmt: skip
