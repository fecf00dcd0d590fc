"""Objects from a language model: asked for by schema, checked again by us, asked once more when wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from pydantic import BaseModel, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from engines.llm import DEFAULT, Completion, LanguageModel, Message, Parameters, Schema
from engines.llm.errors import OutputInvalid

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Structured(Generic[T]):
    """`completions`: one, or two when the first answer was wrong; every one was paid for."""

    value: T
    completions: tuple[Completion, ...]


def structured(
    model: LanguageModel, messages: Sequence[Message], schema: Schema, parameters: Parameters = DEFAULT
) -> Structured[Any]:
    """An object that obeys the schema (JSON Schema 2020-12), as plain dicts and lists.

    Raises EngineError; OutputInvalid when the second answer is wrong too, or the schema is none.
    """
    validator = _validator(schema)

    def check(text: str) -> Any:
        value = _parsed(text)
        try:
            wrong = best_match(validator.iter_errors(value))
        except Unresolvable as pointing:
            raise OutputInvalid(f"{schema.name}: the schema points outside itself") from pointing
        if wrong is not None:
            raise _WrongAnswer(wrong.json_path, wrong.message)
        return value

    return _ask_twice(model, messages, schema, parameters, check)


def structured_as(
    model: LanguageModel, messages: Sequence[Message], shape: type[M], parameters: Parameters = DEFAULT
) -> Structured[M]:
    """An instance of `shape`; its schema is its own. Raises as `structured` does."""

    def check(text: str) -> M:
        try:
            return shape.model_validate(_parsed(text))
        except ValidationError as wrong:
            first = wrong.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "$"
            raise _WrongAnswer(place, first["msg"]) from wrong

    return _ask_twice(model, messages, Schema(shape.__name__, shape.model_json_schema()), parameters, check)


def _validator(schema: Schema) -> Draft202012Validator:
    """With a registry of nothing: by default a schema may make us fetch what it points to."""
    try:
        Draft202012Validator.check_schema(schema.definition)
    except SchemaError as wrong:
        raise OutputInvalid(f"{schema.name}: the schema is not valid at {wrong.json_path}") from wrong
    return Draft202012Validator(schema.definition, registry=Registry())


class _WrongAnswer(Exception):
    """`place` alone is kept in errors: the reason may quote what a person wrote, and goes back to the model only."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place


def _ask_twice(
    model: LanguageModel,
    messages: Sequence[Message],
    schema: Schema,
    parameters: Parameters,
    check: Callable[[str], T],
) -> Structured[T]:
    first = model.complete(messages, parameters, schema)
    try:
        return Structured(check(first.text), (first,))
    except _WrongAnswer as wrong:
        again = [*messages, Message("assistant", first.text or "{}"), Message("user", _correction(first, wrong))]
    second = model.complete(again, parameters, schema)
    try:
        return Structured(check(second.text), (first, second))
    except _WrongAnswer as wrong:
        raise OutputInvalid(f"{schema.name}: {wrong.place}") from wrong


def _correction(answer: Completion, wrong: _WrongAnswer) -> str:
    cut = " It was cut at the length allowed: be shorter." if answer.cut else ""
    reason = str(wrong)[:_REASON_CHARACTERS]
    return f"That was not a valid answer: {reason}.{cut} Answer with the corrected JSON object only."


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as broken:
        raise _WrongAnswer("not JSON", str(broken)) from broken


def _refuse_constant(name: str) -> None:
    """NaN and infinities are no JSON, and no column of ours takes them."""
    raise ValueError(f"{name} is no JSON value")
