"""Hybrid search: dense windows and BM25, fused by reciprocal rank (Cormack and others, 2009). Search and ask share it.

Tenant and visibility are filters of both searches, on the server, and what comes back is read again under them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from engines.embeddings import Vectors
from engines.errors import EngineError
from engines.text.analysis import terms
from engines.text.languages import detect
from engines.vectors import Hit
from passepartout.kernel.errors import InvalidInput
from passepartout.kernel.scope import engine_call, tenant_transaction
from passepartout.tenancy.callers import Caller

from . import lexical, selectors
from .engines_in_use import question_embedder, vector_index
from .models import Chunk

logger = logging.getLogger("passepartout.retrieval")
RRF_K = 60
WINDOWS = 200
DEPTH = 50
LONGEST_QUESTION = 2000
LANGUAGES = ("fr", "en")
Place = tuple[UUID, int]  # (version, part)


@dataclass(frozen=True)
class Found:
    """A chunk, its fused score (higher is better) and the cosine of its best window (0 when dense did not see it)."""

    chunk: Chunk
    score: float
    similarity: float


@dataclass(frozen=True)
class Retrieval:
    """What was found, best first, and by what: ``engines`` lacks "dense" while the embedding service is away."""

    found: tuple[Found, ...]
    language: str
    engines: tuple[str, ...]
    model: str


def retrieve(
    caller: Caller, question: str, *, limit: int, document_ids: list[UUID] | None = None, language: str | None = None
) -> Retrieval:
    """The best chunks for a question. Raises InvalidInput for an empty or overlong one, NotFound for foreign ids.

    Outside any transaction: an engine is asked between two short ones.
    """
    question = checked_question(question)
    with tenant_transaction():
        versions = selectors.live_versions(caller, document_ids=document_ids)
    dense, model = _dense(caller, question, versions)
    with tenant_transaction():
        words = lexical.search(query_terms(question), versions=versions, limit=DEPTH)
        similarity = best_windows(dense)
        fused = fuse([list(similarity), [(hit.version, hit.part) for hit in words]])[:limit]
        chunks = selectors.chunks_at(caller, [place for place, _ in fused])
    found = tuple(Found(chunks[place], score, similarity.get(place, 0.0)) for place, score in fused if place in chunks)
    engines = ("bm25", "dense") if model else ("bm25",)
    return Retrieval(found, language or detect(question), engines, model)


def checked_question(question: str) -> str:
    """Raises InvalidInput."""
    text = " ".join(question.split())
    if not any(character.isalnum() for character in text):
        raise InvalidInput("Ask a question.", code="question_empty", field="question")
    if len(text) > LONGEST_QUESTION:
        raise InvalidInput(
            f"Questions of up to {LONGEST_QUESTION} characters are taken.", code="question_too_long", field="question"
        )
    return text


def query_terms(question: str) -> list[str]:
    """The question analysed in both languages: a wrong guess of its language must not lose its words."""
    return list(dict.fromkeys(term for language in LANGUAGES for term in terms(question, language)))


def _dense(caller: Caller, question: str, versions: Sequence[UUID]) -> tuple[list[Hit], str]:
    """Nearest windows, and the model's identifier ("" when the engine is away: words alone must do then)."""
    if not versions:
        return [], ""
    try:
        with engine_call():
            model = question_embedder().model
            vector = embed_question(question)
            index = vector_index(model.identifier, model.dimensions)
            return index.search(caller.organization.pk, vector, WINDOWS, versions), model.identifier
    except EngineError as error:
        logger.warning("dense search is off", extra={"error": error.code})
        return [], ""


def embed_question(question: str) -> Vectors:
    vector: Vectors = question_embedder().embed([question])[0]
    return vector


def best_windows(hits: Sequence[Hit]) -> dict[Place, float]:
    """Hits grouped by chunk, scored by the best window, best chunk first, at most DEPTH of them."""
    best: dict[Place, float] = {}
    for hit in hits:
        best.setdefault((hit.version, hit.part), hit.score)
    return dict(list(best.items())[:DEPTH])


def fuse(rankings: Sequence[Sequence[Place]]) -> list[tuple[Place, float]]:
    """Reciprocal rank fusion, k = 60; equal scores keep a fixed order."""
    scores: dict[Place, float] = {}
    for ranking in rankings:
        for rank, place in enumerate(ranking, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
