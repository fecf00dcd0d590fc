"""Prompts as data: one TOML file each, French and English, with the variables that they take and their parameters.

The file is version 0 of its key. An organization may write versions of its own (`models.PromptVersion`, from 1) and
point the labels `production` and `staging` at them.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engines.llm import Message, Parameters
from passepartout.kernel.errors import InvalidInput, NotFound

FOLDER = Path(__file__).parent
LANGUAGES = ("fr", "en")
IN_CODE = 0  # the number of the version that comes with the code
LONGEST_TEMPLATE = 20_000
# name: (type, least, most)
PARAMETERS: Mapping[str, tuple[type, float, float]] = {
    "temperature": (float, 0.0, 2.0),
    "top_p": (float, 0.01, 1.0),
    "max_tokens": (int, 16, 4096),
    "seed": (int, 0, 2**31 - 1),
}
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Template:
    system: str
    user: str

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(_VARIABLE.findall(self.system) + _VARIABLE.findall(self.user))


@dataclass(frozen=True)
class Declared:
    """What the code knows of a key: ``required`` variables must be in every template, ``optional`` ones may be.

    ``samples``, by language, is a made-up value of each variable, to try a version out with.
    """

    key: str
    required: frozenset[str]
    optional: frozenset[str]
    default: "Prompt"
    samples: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt. ``templates`` are by language."""

    key: str
    number: int
    templates: Mapping[str, Template]
    parameters: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        return digest(self.templates, self.parameters)

    @property
    def sampling(self) -> Parameters:
        return Parameters(**self.parameters)

    def messages(self, language: str, **values: str) -> list[Message]:
        """The rendered messages. Raises KeyError when a variable of the template is not given."""
        template = self.templates[language]
        return [
            Message("system", _rendered(template.system, values)),
            Message("user", _rendered(template.user, values)),
        ]


def _rendered(text: str, values: Mapping[str, str]) -> str:
    """In one pass: what a value holds is never a variable itself."""
    filled = _VARIABLE.sub(lambda found: values[found[1]], text)
    return re.sub(r"\n{3,}", "\n\n", filled).strip()


def digest(templates: Mapping[str, Template], parameters: Mapping[str, Any]) -> str:
    content = {
        "templates": {name: [each.system, each.user] for name, each in templates.items()},
        "of": dict(parameters),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def declared() -> Mapping[str, Declared]:
    """All prompts, by key."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def declared_as(key: str) -> Declared:
    """Raises NotFound."""
    if key not in declared():
        raise NotFound("There is no such prompt.")
    return declared()[key]


def _read(path: Path) -> Declared:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    templates = {language: Template(**content[language]) for language in LANGUAGES}
    prompt = Prompt(path.stem, IN_CODE, templates, content["parameters"])
    required, optional = frozenset(content["required"]), frozenset(content["optional"])
    found = Declared(path.stem, required, optional, prompt, content["samples"])
    check_templates(found, templates)
    check_parameters(prompt.parameters)
    return found


def check_templates(known: Declared, templates: Mapping[str, Template]) -> None:
    """Raises InvalidInput when a template lacks a required variable or names one that nobody fills."""
    for language, template in templates.items():
        unknown = template.variables - known.required - known.optional
        if unknown or known.required - template.variables:
            raise InvalidInput(
                f"The {language} template must use {_listed(known.required)} and may use {_listed(known.optional)}.",
                code="prompt_variables",
                field=f"templates.{language}",
            )
        if max(len(template.system), len(template.user)) > LONGEST_TEMPLATE:
            raise InvalidInput("A template is too long.", code="prompt_too_long", field=f"templates.{language}")


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Raises InvalidInput for one that is not known, or out of its bounds."""
    for name, value in parameters.items():
        kind, least, most = PARAMETERS.get(name, (None, 0.0, 0.0))
        good = kind is not None and not isinstance(value, bool) and isinstance(value, (int, kind))
        if not good or not least <= value <= most:
            raise InvalidInput("A parameter is not one of ours, or out of bounds.", code="prompt_parameters",
                               field=f"parameters.{name}")  # fmt: skip


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
