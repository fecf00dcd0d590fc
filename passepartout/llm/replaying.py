"""Asking a model again: a recorded call as it was, or a prompt of the administrator's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engines.llm import LanguageModel, Message
from passepartout.audit.services import record
from passepartout.kernel.errors import Conflict, InvalidInput, Unavailable
from passepartout.kernel.scope import tenant_transaction
from passepartout.tenancy.callers import Caller

from . import reading, selectors
from .asking import ask_model
from .differing import Difference, differences
from .engines_in_use import language_model
from .gateway import Outcome, Request, record_call
from .metered import MODEL
from .models import LlmJob
from .prompts import IN_CODE, PARAMETERS, Prompt, check_parameters, declared_as


@dataclass(frozen=True)
class Replay:
    """A call that was asked again. ``failure``: the code of why the model gave nothing this time."""

    before: reading.Detail
    job: LlmJob
    text: str
    failure: str
    same: bool
    differences: list[Difference]


def replay(caller: Caller, ident: UUID) -> Replay:
    """Send the messages of a recorded call again, with its parameters, and compare the answers.

    Raises Forbidden, NotFound, Conflict (``not_replayable``, ``context_gone``), LimitReached, Unavailable. Outside any
    transaction.
    """
    caller.require("llm_jobs", "use")
    with tenant_transaction():
        detail = reading.detail_of(caller, ident)
        _require_replayable(detail)
    model = _model()
    job = detail.job
    messages = [Message(role, content) for role, content in json.loads(job.prompt)]
    sampling = {name: value for name, value in job.parameters.get("sampling", {}).items() if name in PARAMETERS}
    prompt = Prompt(job.prompt_key, job.prompt_version or IN_CODE, {}, sampling)
    request = Request(prompt, messages, job.context_refs)
    outcome = ask_model(model, request)
    with tenant_transaction():
        parameters = {**job.parameters, "replay_of": str(job.pk)}
        kept = _kept(request, outcome, purpose="replay", of=job, parameters=parameters)
        record("llm_jobs.replayed", kept, detail={"of": str(job.pk), "status": kept.status})
    language = str(job.parameters.get("language", "en"))
    found = [] if outcome.failure else differences(job.result, outcome.text, language=language)
    same = not outcome.failure and all(each.kind == "same" for each in found)
    return Replay(detail, kept, outcome.text, outcome.failure, same, found)


def run(
    caller: Caller,
    *,
    messages: Mapping[str, str] | None = None,
    prompt: Mapping[str, Any] | None = None,
    variables: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    model: str = "",
) -> LlmJob:
    """Ask the model something of one's own: ``messages`` (system, user), or a ``prompt`` of the library (key, version,
    language) with its ``variables``. No document is read: passages are what ``variables`` holds.

    Raises Forbidden, InvalidInput, NotFound, LimitReached, Unavailable. Outside any transaction.
    """
    caller.require("llm_run", "use")
    check_parameters(parameters or {})
    with tenant_transaction():
        request, facts = _request(messages, prompt, variables or {}, parameters or {})
    asked = _model(model)
    outcome = ask_model(asked, request)
    with tenant_transaction():
        job = _kept(request, outcome, purpose="run", parameters=facts)
        detail = {"prompt": request.prompt.key, "version": job.prompt_version, "status": job.status}
        record("llm.run", job, detail=detail)
    return job


def try_out(
    caller: Caller, key: str, number: int, *, language: str, variables: Mapping[str, str]
) -> tuple[LlmJob, Sequence[Message]]:
    """Ask the model with a version that nothing uses yet; samples of the code stand for ``variables`` that are not
    given. The recorded call and what the model was told. No label moves.

    Raises Forbidden, NotFound, LimitReached, Unavailable. Outside any transaction.
    """
    caller.require("prompts", "write")
    given = {**declared_as(key).samples[language], **variables}
    with tenant_transaction():
        request, facts = _from_library({"key": key, "version": number, "language": language}, given, {})
    outcome = ask_model(_model(), request)
    with tenant_transaction():
        job = _kept(request, outcome, purpose="prompt_test", parameters=facts)
        record("prompts.version_tested", job, detail={"key": key, "version": number, "status": job.status})
    return job, request.messages


def _require_replayable(detail: reading.Detail) -> None:
    if detail.job.engine != MODEL:
        raise Conflict("Only what a language model was told can be told again.", code="not_replayable")
    if detail.withheld:
        raise Conflict(
            "Passages that this call was shown are gone, or not yours to see.", code="context_gone",
            missing=sum(not each.visible for each in detail.context),
        )  # fmt: skip


def _model(name: str = "") -> LanguageModel:
    model = language_model()
    if model is None:
        raise Unavailable("No language model is configured.", code="model_not_configured")
    if name and name != model.name:
        raise InvalidInput(f"The model that is served here is {model.name}.", code="model_unknown",
                           field="model")  # fmt: skip
    return model


def _kept(request: Request, outcome: Outcome, *, purpose: str, of: LlmJob | None = None, **facts: Any) -> LlmJob:
    """``of``: the recorded call whose messages these are; None: of the request's own prompt."""
    job = record_call(request, outcome, purpose=purpose, **facts)
    if not request.prompt.templates:  # rendered before, or written for this call alone
        job.prompt_version = of.prompt_version if of else None
        job.prompt_sha256 = of.prompt_sha256 if of else ""
        job.save(update_fields=["prompt_version", "prompt_sha256"])
    return job


def _request(
    messages: Mapping[str, str] | None,
    prompt: Mapping[str, Any] | None,
    variables: Mapping[str, str],
    parameters: Mapping[str, Any],
) -> tuple[Request, dict[str, Any]]:
    if (messages is None) == (prompt is None):
        raise InvalidInput("Give either messages or a prompt.", field="prompt")
    if messages is not None:
        told = [Message(role, messages[role]) for role in ("system", "user") if messages.get(role)]
        return Request(Prompt("", IN_CODE, {}, parameters), told), {"sampling": dict(parameters)}
    assert prompt is not None
    return _from_library(prompt, variables, parameters)


def _from_library(
    wanted: Mapping[str, Any], variables: Mapping[str, str], parameters: Mapping[str, Any]
) -> tuple[Request, dict[str, Any]]:
    known = selectors.prompt_version(wanted["key"], wanted["version"])
    language = wanted["language"]
    missing = sorted(known.templates[language].variables - variables.keys())
    if missing:
        raise InvalidInput(f"The template also takes: {', '.join(missing)}.", code="prompt_variables",
                           field="variables")  # fmt: skip
    sampling = {**known.parameters, **parameters}
    used = Prompt(known.key, known.number, known.templates, sampling)
    told: Sequence[Message] = used.messages(language, **variables)
    return Request(used, told), {"sampling": sampling, "language": language, "variables": sorted(variables)}
