"""Recording what engines answered; writing prompts and moving their labels."""

from collections.abc import Mapping
from typing import Any

from passepartout.audit.services import record
from passepartout.kernel.errors import Conflict
from passepartout.kernel.scope import current_scope, tenant_transaction
from passepartout.tenancy.callers import Caller

from . import selectors
from .activation import Activation, warnings_of
from .metered import meter_call
from .models import LlmJob, PromptLabel, PromptLabelMove, PromptVersion
from .prompts import LANGUAGES, Template, check_parameters, check_templates, declared_as, digest

MOST_VERSIONS = 200


def record_answer(
    *, purpose: str, engine: str, prompt: str, result: str, status: str = LlmJob.Status.SUCCEEDED, **facts: Any
) -> LlmJob:
    """Keep one call and meter it, in the caller's tenant transaction."""
    row: LlmJob = LlmJob.objects.create(
        user_id=current_scope().user,
        purpose=purpose,
        engine=engine,
        prompt=prompt,
        result=result,
        status=status,
        **facts,
    )
    meter_call(row)
    return row


def create_prompt_version(
    caller: Caller,
    key: str,
    *,
    templates: Mapping[str, Mapping[str, str]],
    parameters: Mapping[str, Any] | None = None,
    note: str = "",
) -> PromptVersion:
    """Write a version, which nothing uses before a label names it. A language that is not given stays the code's.

    Raises Forbidden, NotFound, InvalidInput, Conflict. In the caller's tenant transaction.
    """
    caller.require("prompts", "write")
    known = declared_as(key)
    given = {language: Template(**template) for language, template in templates.items()}
    whole = {language: given.get(language, known.default.templates[language]) for language in LANGUAGES}
    sampling = {**known.default.parameters, **(parameters or {})}
    check_templates(known, whole)
    check_parameters(sampling)
    count = PromptVersion.objects.filter(key=key).count()
    if count >= MOST_VERSIONS:
        raise Conflict(f"A prompt may have {MOST_VERSIONS} versions.", code="too_many_versions")
    row: PromptVersion = PromptVersion.objects.create(
        key=key,
        number=count + 1,  # versions are never deleted; two writers at once meet the unique constraint
        templates={name: {"system": each.system, "user": each.user} for name, each in whole.items()},
        parameters=sampling,
        sha256=digest(whole, sampling),
        note=note,
        created_by=caller.user.pk,
    )
    record("prompts.version_created", row, detail={"key": key, "version": row.number, "sha256": row.sha256})
    return row


def move_prompt_label(caller: Caller, key: str, name: str, *, version: int, note: str = "") -> PromptLabelMove:
    """Let ``name`` (production, staging) name another version; 0 is the code's.

    Whoever registered as a guard (activation.py) is asked first, outside any transaction. Raises Forbidden, NotFound,
    Conflict when a guard refuses or the label was moved meanwhile. Opens its own short transactions.
    """
    caller.require("prompts", "transition")
    with tenant_transaction():
        before = selectors.prompt_in_use(key, label=name)
        wanted = selectors.prompt_version(key, version)
    warnings = warnings_of(caller, Activation("prompt", key, name, before=before, prompt=wanted))
    with tenant_transaction():
        label, _ = PromptLabel.objects.get_or_create(key=key, name=name)
        label = PromptLabel.objects.select_for_update().get(pk=label.pk)
        if selectors.prompt_in_use(key, label=name).number != before.number:
            raise Conflict("Somebody else moved this label just now.", code="changed_meanwhile")
        label.version = selectors.version_row(key, version)
        label.save(update_fields=["version", "updated_at"])
        move: PromptLabelMove = PromptLabelMove.objects.create(
            key=key, name=name, before=before.number, after=version, note=note, warnings=warnings,
            moved_by=caller.user.pk,
        )  # fmt: skip
        record("prompts.label_moved", move, detail={"key": key, "label": name, "from": before.number, "to": version,
               "warnings": len(warnings)})  # fmt: skip
    return move
