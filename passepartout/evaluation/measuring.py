"""Asking golden questions through the production path, as one caller sees the documents, keeping no conversation."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from passepartout.assistant import answering
from passepartout.assistant.answering import Answered
from passepartout.documents import retrieval
from passepartout.documents.retrieval import Found
from passepartout.kernel.errors import LimitReached
from passepartout.llm.paced import PlanThrottled
from passepartout.tenancy.callers import Caller

from .models import GoldenQuestion
from .scoring import DEPTH, Outcome, Spot, judged

PURPOSE = "golden"  # of the recorded calls
TRIES = 12  # more than a minute's pace takes
Progress = Callable[[int, int], None]


def measured(
    caller: Caller, questions: Sequence[GoldenQuestion], *, progress: Progress | None = None, **variant: Any
) -> list[Outcome]:
    """What becomes of each question. ``variant`` goes to the answerer (a ``prompt`` to try out).

    Outside any transaction. Raises what asking raises, LimitReached when the plan's day is over.
    """
    outcomes = []
    for number, row in enumerate(questions, 1):
        outcomes.append(_outcome(caller, row, variant))
        if progress is not None:
            progress(number, len(questions))
    return outcomes


def _outcome(caller: Caller, row: GoldenQuestion, variant: dict[str, Any]) -> Outcome:
    result = retrieval.retrieve(caller, row.question, limit=DEPTH, language=row.language)
    answer = _answer(caller, row, variant)
    cited = [
        Spot(each["document"], each["page"], each["page"], each["quote"]) for each in answer.citations
    ]  # fmt: skip
    outcome = judged(
        question=str(row.pk),
        expected=row.expected,
        found=[_spot(item) for item in result.found],
        cited=[] if answer.unknown else cited,
        engine=answer.engine,
    )
    return replace(outcome, model=answer.model, embedding=result.model)


def _answer(caller: Caller, row: GoldenQuestion, variant: dict[str, Any]) -> Answered:
    """A plan that paces the model makes a run slower, not worse. Raises LimitReached when nothing is left today."""
    for _ in range(TRIES):
        try:
            return answering.answer(caller, row.question, purpose=PURPOSE, language=row.language, **variant)
        except LimitReached as error:
            if error.code != PlanThrottled.code:
                raise
            time.sleep(error.retry_after or 1)
    raise LimitReached("Your plan lets the language model be asked less often.", code=PlanThrottled.code)


def _spot(item: Found) -> Spot:
    chunk = item.chunk
    return Spot(str(chunk.doc_id), chunk.page_from, chunk.page_to, chunk.chunk_text)
