"""The production path of search, told: the same candidates, the same fusion, nothing computed for the show."""

from typing import Any

from engines.text.citations import label
from engines.text.languages import detect
from passepartout.documents import retrieval, selectors
from passepartout.kernel.scope import tenant_transaction
from passepartout.tenancy.callers import Caller

FORMULA = (
    f"{retrieval.DENSE} × similarity + {1 - retrieval.DENSE} × share; without similarity the lowest one found counts; "
    "what is named comes first with 1"
)


def explained(caller: Caller, question: str) -> dict[str, Any]:
    """Raises InvalidInput for an empty or overlong question. Opens its own short transactions."""
    question = retrieval.checked_question(question)
    spoken = detect(question)
    found = retrieval.candidates_for(caller, question, spoken=spoken)
    ranked = retrieval.named_first(found.named, retrieval.fuse(found.similarity, found.share))[: retrieval.DEPTH]
    with tenant_transaction():
        chunks = selectors.chunks_at(caller, [place for place, _ in ranked])
    return {
        "query": question,
        "language": spoken,
        "model": found.model,
        "formula": FORMULA,
        "words": [dict(forms) for forms in retrieval.words_asked(question, spoken)],
        "candidates": [_candidate(chunks[place], place, score, found) for place, score in ranked if place in chunks],
    }


def _candidate(chunk: Any, place: retrieval.Place, score: float, found: retrieval.Candidates) -> dict[str, Any]:
    return {
        "label": label(str(chunk.doc_id), chunk.part_no),
        "document": chunk.doc_id,
        "title": chunk.doc.title,
        "part": chunk.part_no,
        "page": chunk.page_from,
        "text": chunk.chunk_text,
        "score": round(score, 6),
        "similarity": found.similarity.get(place),
        "share": found.share.get(place),
        "named": place in found.named,
    }
