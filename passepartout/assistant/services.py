"""Ask: retrieve, answer, check the citations, keep the exchange."""

import logging
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engines.errors import EngineError
from engines.text import Answer, Passage, extractive
from passepartout.billing.services import check_limit
from passepartout.documents import retrieval
from passepartout.documents.engines_in_use import question_embedder
from passepartout.kernel.scope import engine_call, tenant_transaction
from passepartout.llm.models import LlmJob
from passepartout.llm.services import record_answer
from passepartout.tenancy.callers import Caller

from . import selectors
from .citations import cite, label_of, source_of
from .models import Conversation, Message

logger = logging.getLogger("passepartout.assistant")
ENGINE = "extractive"
TITLE_LENGTH = 120


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, as they were kept."""

    answer: str
    citations: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    confidence: float
    engine: str
    language: str
    engines: tuple[str, ...]
    conversation: UUID
    message: UUID
    job: UUID
    proposal: None = None


def ask(
    caller: Caller,
    question: str,
    *,
    conversation: UUID | None = None,
    document_ids: list[UUID] | None = None,
    top_k: int = 6,
    language: str | None = None,
) -> Exchange:
    """Answer a question from the documents that the caller may see, each sentence cited, or say "I don't know".

    Raises InvalidInput, NotFound for foreign ids, LimitReached. Opens its own short transactions around the engines.
    """
    started = time.perf_counter()
    with tenant_transaction():
        check_limit("asks_per_day")
        if conversation is not None:
            selectors.conversation_of(caller, conversation)
    result = retrieval.retrieve(caller, question, limit=top_k, document_ids=document_ids, language=language)
    answer = _extract(question, result)
    citations = cite(answer.quotes, result.found) if answer else []
    if answer is not None and len(citations) != len(answer.quotes):
        answer, citations = None, []  # a sentence that cannot be cited is not said
    with tenant_transaction():
        job = _record(question, result, answer, top_k=top_k, started=started)
        return _keep(caller, question, conversation, result, answer, citations, job)


def _extract(question: str, result: retrieval.Retrieval) -> Answer | None:
    passages = [_passage(item) for item in result.found]
    if not passages:
        return None
    embed = question_embedder().embed if result.model else None
    with engine_call():
        try:
            return extractive.answer(question, language=result.language, passages=passages, embed=embed)
        except EngineError as error:
            logger.warning("answering by words alone", extra={"error": error.code})
            return extractive.answer(question, language=result.language, passages=passages, embed=None)


def _passage(item: retrieval.Found) -> Passage:
    chunk = item.chunk
    return Passage(
        document_id=str(chunk.doc_id),
        part=chunk.part_no,
        text=chunk.chunk_text,
        language=chunk.language,
        score=item.score,
        similarity=item.similarity,
        title=chunk.doc.title,
    )


def _record(question: str, result: retrieval.Retrieval, answer: Answer | None, *, top_k: int, started: float) -> LlmJob:
    return record_answer(
        purpose="ask",
        engine=ENGINE,
        model=result.model,
        prompt=question,
        result=answer.text if answer else extractive.UNKNOWN[result.language],
        parameters={"language": result.language, "top_k": top_k, "retrieval": list(result.engines)},
        context_refs=[label_of(item.chunk) for item in result.found],
        confidence=answer.confidence if answer else 0.0,
        latency_ms=round((time.perf_counter() - started) * 1000),
    )


def _keep(
    caller: Caller,
    question: str,
    conversation_id: UUID | None,
    result: retrieval.Retrieval,
    answer: Answer | None,
    citations: list[dict[str, Any]],
    job: LlmJob,
) -> Exchange:
    text, confidence = job.result, answer.confidence if answer else 0.0
    conversation = _conversation(caller, conversation_id, question)
    Message.objects.create(conversation=conversation, role=Message.Role.USER, text=question)
    message = Message.objects.create(
        conversation=conversation,
        role=Message.Role.ASSISTANT,
        text=text,
        citations=citations,
        engine=ENGINE,
        confidence=confidence,
        llm_job=job,
    )
    return Exchange(
        answer=text,
        citations=citations,
        sources=[source_of(item) for item in result.found],
        confidence=confidence,
        engine=ENGINE,
        language=result.language,
        engines=result.engines,
        conversation=conversation.pk,
        message=message.pk,
        job=job.pk,
    )


def _conversation(caller: Caller, ident: UUID | None, question: str) -> Conversation:
    if ident is None:
        created: Conversation = Conversation.objects.create(user=caller.user, title=question[:TITLE_LENGTH])
        return created
    conversation = selectors.conversation_of(caller, ident)
    conversation.save(update_fields=["updated_at"])
    return conversation
