"""From a question to a checked answer, keeping nothing: by a language model where there is one, else by quoting.

`planned` searches and decides who shall answer; `from_model` checks what a model wrote; `from_documents` quotes.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from engines.errors import EngineError
from engines.llm import LanguageModel
from engines.text import Passage, extractive
from engines.text.analysis import fold
from engines.text.cleaning import Cleaner
from engines.text.extractive import Judgement
from engines.text.grounding import Grounded, ground
from engines.text.sentences import sentences
from passepartout.documents import retrieval
from passepartout.documents.engines_in_use import question_embedder
from passepartout.documents.retrieval import Found, Retrieval
from passepartout.kernel.scope import engine_call, tenant_transaction
from passepartout.llm.asking import ask_model
from passepartout.llm.engines_in_use import language_model, quick_language_model
from passepartout.llm.gateway import NONE_CONFIGURED, Outcome, record_call
from passepartout.llm.prompts import Prompt
from passepartout.llm.selectors import prompt_in_use
from passepartout.tenancy.callers import Caller

from .citations import cite
from .followup import standalone
from .prompting import Asked, Turn, request_for

logger = logging.getLogger("passepartout.assistant")
EXTRACTIVE, MODEL = "extractive", "model"
QUALITY, SPEED = "quality", "speed"  # what an asker prefers while the GPU is busy: to wait for the model, or not
# Why the documents' own sentences were given though a model was asked, beside the codes of engines.llm.errors.
SAID_NOTHING, DID_NOT_KNOW = "model_said_nothing", "model_did_not_know"
_UNKNOWN = tuple(fold(each) for each in extractive.UNKNOWN.values())
_ENDS = (".", "!", "?", "…", "»", '"', ")", "]", ":")


@dataclass(frozen=True)
class Plan:
    """All that answering needs. Without ``asked`` no model is asked: ``reason`` says why, "" where nothing is worth
    asking it.
    """

    question: str
    retrieval: Retrieval
    passages: tuple[Passage, ...]
    judgement: Judgement
    model: LanguageModel | None = None
    asked: Asked | None = None
    reason: str = ""
    searched: str = ""
    prefer: str = QUALITY

    @property
    def language(self) -> str:
        return self.retrieval.language


@dataclass(frozen=True)
class Answered:
    """``sentences``: text, grounded, reason, and the numbers of their ``citations``, from 0."""

    text: str
    engine: str
    confidence: float
    citations: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[dict[str, Any]] = field(default_factory=list)
    model: str = ""
    fallback_reason: str = ""
    stopped: bool = False
    forbidden: bool = False

    @property
    def unknown(self) -> bool:
        return not self.sentences


def planned(
    caller: Caller,
    question: str,
    *,
    top_k: int = 6,
    document_ids: list[UUID] | None = None,
    language: str | None = None,
    before: Turn | None = None,
    prompt: Prompt | None = None,
    prefer: str = QUALITY,
) -> Plan:
    """Search, and prepare what a model is asked. ``prompt`` instead of the one in production: to try it out.

    Raises InvalidInput, NotFound for foreign ids. Opens its own short transactions.
    """
    turn = before or Turn()
    retrieval.checked_question(question)
    searched = standalone(question, turn.question)
    found = retrieval.retrieve(caller, searched, limit=top_k, document_ids=document_ids, language=language)
    passages = tuple(_passage(item) for item in found.found)
    plan = Plan(question, found, passages, _judged(searched, found, passages), searched=searched, prefer=prefer)
    model = model_for(prefer)
    if model is None:
        return replace(plan, reason=NONE_CONFIGURED)
    if not plan.judgement.promising:
        return plan
    if prompt is None:
        with tenant_transaction():
            prompt = prompt_in_use("chat")
    asked = request_for(
        model, prompt, question, language=found.language, passages=passages,
        organization=caller.organization.name, before=turn,
    )  # fmt: skip
    return replace(plan, model=model, asked=asked)


def model_for(prefer: str) -> LanguageModel | None:
    return quick_language_model() if prefer == SPEED else language_model()


def answer(caller: Caller, question: str, *, purpose: str, **wishes: Any) -> Answered:
    """A checked answer that no conversation keeps: for golden questions. A call of the model is recorded and metered.

    As `planned` takes and raises, and LimitReached where the plan says no: the documents' words would be measured.
    """
    plan = planned(caller, question, **wishes)
    if plan.model is None or plan.asked is None:
        return from_documents(plan, reason=plan.reason)
    request = plan.asked.request
    outcome = ask_model(plan.model, request)
    parameters = {"language": plan.language, "sampling": dict(request.prompt.parameters)}
    with tenant_transaction():
        record_call(request, outcome, purpose=purpose, parameters=parameters)
    return from_model(plan, outcome)


def _passage(item: Found) -> Passage:
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


def _judged(question: str, result: Retrieval, passages: Sequence[Passage]) -> Judgement:
    if not passages:
        return Judgement(None, 0.0)
    embed = question_embedder().embed if result.model else None
    with engine_call():
        try:
            return extractive.judge(question, language=result.language, passages=passages, embed=embed)
        except EngineError as error:
            logger.warning("answering by words alone", extra={"error": error.code})
            return extractive.judge(question, language=result.language, passages=passages, embed=None)


def from_documents(plan: Plan, *, reason: str = "") -> Answered:
    """Sentences of the documents, or that nothing is known. ``reason``: why no model answered."""
    quoted = plan.judgement.answer
    citations = cite(quoted.quotes, plan.retrieval.found) if quoted else []
    if quoted is None or len(citations) != len(quoted.quotes):  # a sentence that cannot be cited is not said
        return Answered(extractive.UNKNOWN[plan.language], EXTRACTIVE, 0.0, fallback_reason=reason)
    said = [
        {"text": " ".join(each["quote"].split()), "grounded": True, "reason": "", "citations": [number]}
        for number, each in enumerate(citations)
    ]
    return Answered(quoted.text, EXTRACTIVE, quoted.confidence, citations, said, fallback_reason=reason)


def from_model(plan: Plan, outcome: Outcome) -> Answered:
    """What the model wrote, cleaned and checked against its passages; the documents' own words when it is of no use."""
    assert plan.asked is not None
    if outcome.failure:
        return from_documents(plan, reason=outcome.failure)
    text = cleaned(outcome.text, plan.asked.labels)
    if outcome.cut and not outcome.stopped:
        text = _finished(text, plan.language)
    if _says_unknown(text):
        return from_documents(plan, reason=DID_NOT_KNOW if plan.judgement.answer else "")
    checked = ground(text, language=plan.language, passages=plan.asked.shown)
    if not checked.sentences and not outcome.stopped:
        return from_documents(plan, reason=SAID_NOTHING)
    citations = cite(checked.quotes, plan.retrieval.found)
    return Answered(
        checked.text, MODEL, round(checked.share, 4), citations, _numbered(checked), model=outcome.model,
        stopped=outcome.stopped,
    )  # fmt: skip


def cleaned(text: str, labels: Mapping[str, str]) -> str:
    cleaner = Cleaner(labels)
    shown = cleaner.feed(text) + cleaner.close()
    if cleaner.sql or cleaner.foreign:
        logger.info("split off from an answer", extra={"sql": len(cleaner.sql), "foreign": cleaner.foreign})
    return shown


def _finished(text: str, language: str) -> str:
    """Without the last sentence, when the model had no room to end it."""
    if text.rstrip().endswith(_ENDS):
        return text
    found = sentences(text, language)
    return text[: found[-1].start].rstrip() if len(found) > 1 else text


def _says_unknown(text: str) -> bool:
    return fold(text).strip(" .\n\"'«»").startswith(_UNKNOWN)


def _numbered(checked: Grounded) -> list[dict[str, Any]]:
    said, number = [], 0
    for each in checked.sentences:
        mine = list(range(number, number + len(each.quotes)))
        number += len(mine)
        said.append({"text": each.text, "grounded": each.grounded, "reason": each.reason, "citations": mine})
    return said
