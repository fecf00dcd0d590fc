"""Ask: plan, let an engine answer, check, keep the exchange. Streams use the same steps (streaming.py)."""

import logging
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from engines.text.grounding import ground
from engines.text.languages import detect
from passepartout.audit.services import record
from passepartout.clients import selectors as clients
from passepartout.documents.hidden import would_have_answered
from passepartout.kernel.scope import tenant, tenant_transaction
from passepartout.llm.gateway import Outcome, complete, record_call
from passepartout.llm.metered import check_quota, give_back_ask, take_ask
from passepartout.llm.models import LlmJob
from passepartout.llm.services import record_answer
from passepartout.proposals.models import Proposal
from passepartout.tenancy.callers import Caller

from . import proposing, selectors
from .answering import MODEL, QUALITY, Answered, Plan, from_documents, from_model, planned
from .citations import label_of, source_of
from .models import Conversation, Message
from .prompting import Turn

logger = logging.getLogger("passepartout.assistant")
TITLE_LENGTH = 120
# A model may be asked twice (for the answer, for a statement); the rest is searching and writing.
OVERHEAD_SECONDS = 60
FORBIDDEN = {
    "fr": "Des documents auxquels vous n’avez pas accès pourraient répondre ; demandez à votre administrateur.",
    "en": "Documents that you may not see might answer; ask your administrator.",
}


@dataclass(frozen=True)
class Wishes:
    """How a question is to be asked."""

    conversation: UUID | None = None
    document_ids: list[UUID] | None = None
    client: UUID | None = None
    project: UUID | None = None
    top_k: int = 6
    language: str | None = None
    prefer: str = QUALITY

    @property
    def narrowed(self) -> bool:
        """Whether the asker chose what to search in."""
        return any(each is not None for each in (self.document_ids, self.client, self.project))


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, as they were kept."""

    answer: str
    sentences: list[dict[str, Any]]
    citations: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    confidence: float
    engine: str
    model: str
    fallback_reason: str
    forbidden: bool
    stopped: bool
    language: str
    engines: tuple[str, ...]
    conversation: UUID
    message: UUID
    job: UUID
    proposal: dict[str, Any] | None = None


@dataclass(frozen=True)
class Opened:
    """A question that is kept, and whose answer is still to come."""

    plan: Plan
    wishes: Wishes
    conversation: UUID
    message: UUID
    started: float


def ask(caller: Caller, question: str, **wishes: Any) -> Exchange:
    """Answer a question from the documents that the caller may see, or say "I don't know".

    ``wishes``: those of `Wishes`. Raises InvalidInput, NotFound for foreign ids, LimitReached. Opens its own short
    transactions around the engines.
    """
    opened = open_question(caller, question, **wishes)
    plan = opened.plan
    outcome = None
    if plan.model is not None and plan.asked is not None:
        outcome = complete(plan.model, plan.asked.request)
    return close_question(caller, opened, outcome)


def open_question(caller: Caller, question: str, **wishes: Any) -> Opened:
    """Check the limits, search, keep the question and an empty answer. Raises as `ask` does."""
    started = time.perf_counter()
    wished = Wishes(**wishes)
    before = Turn()
    with tenant_transaction():
        check_quota()
        if wished.conversation is not None:
            before = selectors.last_turn(selectors.conversation_of(caller, wished.conversation))
        within = _searched_in(caller, wished)
    plan = planned(
        caller, question, top_k=wished.top_k, document_ids=within, language=wished.language,
        before=before, prefer=wished.prefer,
    )  # fmt: skip
    with tenant_transaction():
        take_ask()
        conversation = _conversation(caller, wished.conversation, question)
        Message.objects.create(conversation=conversation, role=Message.Role.USER, text=question)
        message = Message.objects.create(
            conversation=conversation, role=Message.Role.ASSISTANT, text="", status=Message.Status.STREAMING
        )
    return Opened(plan, wished, conversation.pk, message.pk, started)


def close_question(caller: Caller, opened: Opened, outcome: Outcome | None) -> Exchange:
    """Check what an engine said, keep it with the record of the calls. Outside any transaction."""
    plan = opened.plan
    answered = from_documents(plan, reason=plan.reason) if outcome is None else from_model(plan, outcome)
    proposal = proposing.proposal_for(caller, plan, answered, outcome)
    if proposal is not None:
        answered = proposing.told(answered, proposal, plan.language)
    answered = _told_of_hidden(caller, opened, answered)
    with tenant_transaction():
        job = _record(opened, answered, outcome)
        if answered.forbidden:
            record("ask.hidden_told", job)
        _keep(opened, answered, job, proposal)
    return Exchange(
        answer=answered.text,
        sentences=answered.sentences,
        citations=answered.citations,
        sources=[source_of(item) for item in plan.retrieval.found],
        confidence=answered.confidence,
        engine=answered.engine,
        model=answered.model,
        fallback_reason=answered.fallback_reason,
        forbidden=answered.forbidden,
        stopped=answered.stopped,
        language=plan.language,
        engines=plan.retrieval.engines,
        conversation=opened.conversation,
        message=opened.message,
        job=job.pk,
        proposal=proposing.brief(caller, proposal),
    )


def _told_of_hidden(caller: Caller, opened: Opened, answered: Answered) -> Answered:
    """Where nothing is known: whether rights are the reason. Not asked where the caller chose the documents."""
    plan = opened.plan
    if not answered.unknown or answered.engine == proposing.ENGINE or answered.stopped or opened.wishes.narrowed:
        return answered
    if not would_have_answered(caller, plan.searched, language=plan.language):
        return answered
    return replace(answered, forbidden=True, text=f"{answered.text}\n{FORBIDDEN[plan.language]}")


def _record(opened: Opened, answered: Answered, outcome: Outcome | None) -> LlmJob:
    """One row for the answer and, when a model was asked in vain, one for that call."""
    plan = opened.plan
    parameters = {"language": plan.language, "top_k": opened.wishes.top_k, "retrieval": list(plan.retrieval.engines)}
    if plan.searched != plan.question:
        parameters["searched"] = "with the question before"
    if outcome is not None and plan.asked is not None:
        request = plan.asked.request
        sampled = parameters | {"sampling": dict(request.prompt.parameters)}
        if answered.engine == MODEL:
            return record_call(request, outcome, purpose="ask", parameters=sampled, confidence=answered.confidence)
        record_call(request, outcome, purpose="ask_attempt", parameters=sampled)
    return record_answer(
        purpose="ask",
        engine=answered.engine,
        model=plan.retrieval.model,
        prompt=plan.question,
        result=answered.text,
        parameters=parameters,
        context_refs=[label_of(item.chunk) for item in plan.retrieval.found],
        confidence=answered.confidence,
        fallback_reason=answered.fallback_reason,
        latency_ms=round((time.perf_counter() - opened.started) * 1000),
    )


def _keep(opened: Opened, answered: Answered, job: LlmJob, proposal: Proposal | None) -> None:
    """Nothing is written when the conversation was deleted meanwhile, or the question erased."""
    message = Message.objects.select_for_update().filter(pk=opened.message).first()
    if message is None or message.status == Message.Status.ERASED:
        return
    kept = {
        "text": answered.text,
        "status": Message.Status.STOPPED if answered.stopped else Message.Status.COMPLETE,
        "citations": answered.citations,
        "sentences": answered.sentences,
        "sources": [_nameless(source_of(item)) for item in opened.plan.retrieval.found],
        "engine": answered.engine,
        "model": answered.model,
        "fallback_reason": answered.fallback_reason,
        "forbidden": answered.forbidden,
        "confidence": answered.confidence,
        "llm_job": job,
        "proposal": proposal,
    }
    for name, value in kept.items():
        setattr(message, name, value)
    message.save(update_fields=kept)


def _nameless(source: dict[str, Any]) -> dict[str, Any]:
    """Without the title, which may name a person: whoever reads it later is given the one of that day, if any."""
    return {name: value for name, value in source.items() if name != "title"}


def rename_conversation(caller: Caller, ident: UUID, *, title: str) -> Conversation:
    """Give one of the caller's own conversations another title; it keeps its place in the list. Raises NotFound."""
    conversation = selectors.conversation_of(caller, ident)
    conversation.title = title
    conversation.save(update_fields=["title"])
    return conversation


def _searched_in(caller: Caller, wished: Wishes) -> list[UUID] | None:
    """None: in all that the caller may see. Raises NotFound for another organization's client or project."""
    if wished.client is None and wished.project is None:
        return wished.document_ids
    if wished.client is not None:
        clients.client(wished.client)
    if wished.project is not None:
        clients.project(wished.project)
    about = selectors.documents_about(caller, client=wished.client, project=wished.project)
    return about if wished.document_ids is None else sorted(set(about) & set(wished.document_ids))


def _conversation(caller: Caller, ident: UUID | None, question: str) -> Conversation:
    if ident is None:
        created: Conversation = Conversation.objects.create(user=caller.user, title=question[:TITLE_LENGTH])
        return created
    conversation = selectors.conversation_of(caller, ident)
    conversation.save(update_fields=["updated_at"])
    return conversation


def keep_so_far(opened: Opened, text: str) -> None:
    """What was shown of an answer, should its server die. Nothing once the answer has ended."""
    with tenant_transaction():
        message = _on_its_way(opened.message)
        if message is not None:
            message.text = text
            message.save(update_fields=["text"])


def _on_its_way(ident: UUID) -> Message | None:
    """Locked. None when it has ended."""
    rows = Message.objects.select_for_update().filter(pk=ident, status=Message.Status.STREAMING)
    found: Message | None = rows.first()
    return found


def end_interrupted() -> int:
    """End the answers whose server died, with what was kept of them, marked as unchecked, and give the questions back.

    One that comes late all the same takes the place of this. Returns how many were ended.
    """
    age = timedelta(seconds=2 * (settings.GPU_WAIT_SECONDS + settings.LLM_TIMEOUT_SECONDS) + OVERHEAD_SECONDS)
    return sum(_end_interrupted(*each) for each in selectors.interrupted_answers(age))


def _end_interrupted(organization: UUID, ident: UUID) -> bool:
    with tenant(organization):
        message = _on_its_way(ident)
        if message is None:
            return False
        checked = ground(message.text, language=detect(message.text), passages=[])
        message.text = checked.text
        unchecked: Any = [
            {"text": each.text, "grounded": False, "reason": each.reason, "citations": []} for each in checked.sentences
        ]
        message.sentences = unchecked
        message.status = Message.Status.INTERRUPTED
        message.save(update_fields=["text", "sentences", "status"])
        if message.created_at.date() == timezone.now().date():
            give_back_ask()
        record("ask.interrupted", message)
    logger.warning("an answer was interrupted", extra={"message_id": str(ident)})
    return True
