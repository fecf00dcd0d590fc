"""From a question to a proposal: the statement that a model wrote, or the saved question that is asked.

What becomes of it is the gate's affair (passepartout.proposals); here it is only found, and told.
"""

import re
from dataclasses import replace
from typing import Any

from django.utils import timezone

from passepartout.kernel.errors import Unavailable
from passepartout.kernel.scope import tenant_transaction
from passepartout.llm.engines_in_use import language_model, quick_language_model
from passepartout.llm.gateway import Outcome, Request, complete, record_call
from passepartout.llm.models import LlmJob
from passepartout.llm.selectors import prompt_in_use
from passepartout.proposals.describing import about_views, described
from passepartout.proposals.models import Proposal
from passepartout.proposals.saved import statement_for
from passepartout.proposals.selectors import RESOURCE, in_brief
from passepartout.proposals.services import propose
from passepartout.tenancy.callers import Caller

from .answering import SPEED, Answered, Plan

SAVED, WRITTEN = "saved question", "model"
ENGINE = "proposal"
_SQL = re.compile(r"<SQL>(.*?)</SQL>", re.IGNORECASE | re.DOTALL)
_READS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_CONSENT = "EXECUTE_SQL"  # without it a model has not said that it wants to change anything
_LINES, _CELLS = 10, 6
_WORDS = {
    "fr": ("La réponse est dans vos données. {reading}", "Résultat : {rows}", "Cela attend une approbation.",
           "rien", "… et d'autres lignes."),
    "en": ("The answer is in your data. {reading}", "Result: {rows}", "It waits for an approval.",
           "nothing", "… and more rows."),
}  # fmt: skip


def proposal_for(caller: Caller, plan: Plan, answered: Answered, outcome: Outcome | None) -> Proposal | None:
    """Made and kept, or None: no statement, or a caller who may not propose. Outside any transaction."""
    if not caller.may(RESOURCE, "write"):
        return None
    statement, source = _statement(plan, answered, outcome)
    job = None
    if statement is None and answered.unknown and not answered.stopped:
        statement, job = _asked_of_model(caller, plan)
        source = WRITTEN
    if statement is None:
        return None
    try:
        return propose(caller, statement, question=plan.question, source=source, llm_job=job)
    except Unavailable:  # no roles to look ahead with: the answer stands without
        return None


def _statement(plan: Plan, answered: Answered, outcome: Outcome | None) -> tuple[str | None, str]:
    if outcome is not None and _SQL.search(outcome.text):
        return _written_in(outcome.text), WRITTEN
    if outcome is not None and not answered.unknown:
        return None, SAVED  # the model knew from the documents
    return statement_for(plan.question), SAVED


def _written_in(text: str) -> str | None:
    found = _SQL.search(text)
    if found is None or not (_READS.match(found[1]) or _CONSENT in text):
        return None
    return found[1].strip()


def _asked_of_model(caller: Caller, plan: Plan) -> tuple[str | None, LlmJob | None]:
    """What a model writes that is told of the views and of no document, so that no document can tell it what to do."""
    model = quick_language_model() if plan.prefer == SPEED else language_model()
    if model is None or not about_views(plan.question, plan.language):
        return None, None
    with tenant_transaction():
        prompt = prompt_in_use("sql")
    today = timezone.localdate(timezone=caller.organization.zone).isoformat()
    messages = prompt.messages(plan.language, views=described(plan.language), question=plan.question, today=today)
    request = Request(prompt, messages)
    outcome = complete(model, request)
    with tenant_transaction():
        job = record_call(request, outcome, purpose="sql")
    return _written_in(outcome.text), job


def told(answered: Answered, proposal: Proposal, language: str) -> Answered:
    """The answer that names the proposal, in place of quotes that were about something else."""
    if proposal.status == "invalid" or (proposal.source != SAVED and not answered.unknown):
        return answered
    opening, result, waits, nothing, more = _WORDS[language]
    parts = [opening.format(reading=proposal.reading.get(language, ""))]
    if proposal.status == "executed":
        rows = _rows(proposal.result or {}, more) or nothing
        parts.append(result.format(rows=rows))
    elif proposal.status == "pending_approval":
        parts.append(waits)
    return replace(
        answered,
        text="\n".join(parts),
        engine=ENGINE,
        confidence=1.0,
        citations=[],
        sentences=[],
        forbidden=False,
    )


def _rows(result: dict[str, Any], more: str) -> str:
    rows = result.get("rows", [])
    lines = [", ".join("" if cell is None else str(cell) for cell in row[:_CELLS]) for row in rows[:_LINES]]
    return "\n".join([*lines, more] if len(rows) > _LINES else lines)


def brief(caller: Caller, proposal: Proposal | None) -> dict[str, Any] | None:
    return None if proposal is None else in_brief(caller, proposal)
