"""Hybrid search: the mean of the nearest window's cosine and the share of the question's words. Ask uses it too.

Why not reciprocal ranks (Cormack and others, 2009): ranks forget how sure each side is, so that on our sets the fusion
lost to BM25 in French and to the vectors in English (benchmarks/retrieval_quality.py). The sum of scores loses to
neither. Another embedding model has other cosines: measure again.

Tenant and visibility are filters of both searches, on the server, and what comes back is read again under them.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from engines.embeddings import Vectors
from engines.errors import EngineError
from engines.text.languages import Language, detect
from engines.text.lexicon import asked
from engines.vectors import Hit
from passepartout.kernel.errors import InvalidInput
from passepartout.kernel.scope import engine_call, tenant_transaction
from passepartout.tenancy.callers import Caller

from . import identifiers, lexical, selectors
from .engines_in_use import question_embedder, vector_index
from .models import Chunk
from .question_vectors import QUESTION_VECTORS

logger = logging.getLogger("passepartout.retrieval")
DENSE = 0.5
WINDOWS = 200
CANDIDATES = 100
DEPTH = 50  # the most that a search may return
LONGEST_QUESTION = 2000
LANGUAGES: tuple[Language, ...] = ("fr", "en")
Place = tuple[UUID, int]  # (version, part)


@dataclass(frozen=True)
class Found:
    """A chunk, its fused score (higher is better) and the cosine of its best window (0 when dense did not see it)."""

    chunk: Chunk
    score: float
    similarity: float


@dataclass(frozen=True)
class Candidates:
    """``similarity``: chunks by the cosine of their best window; ``share``: by the share of the words they have. Both
    best first. ``model`` is "" while the embedding service is away. ``named``: chunks that hold an identifier of the
    question.
    """

    similarity: dict[Place, float]
    share: dict[Place, float]
    model: str
    named: tuple[Place, ...] = ()


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
    spoken = detect(question)
    candidates = candidates_for(caller, question, spoken=spoken, document_ids=document_ids)
    similarity = candidates.similarity
    fused = named_first(candidates.named, fuse(similarity, candidates.share))[:limit]
    with tenant_transaction():
        chunks = selectors.chunks_at(caller, [place for place, _ in fused])
    found = tuple(Found(chunks[place], score, similarity.get(place, 0.0)) for place, score in fused if place in chunks)
    return Retrieval(found, language or spoken, engines_of(candidates), candidates.model)


def candidates_for(
    caller: Caller, question: str, *, spoken: Language, document_ids: list[UUID] | None = None
) -> Candidates:
    """What each of the two searches finds. Raises NotFound for foreign ids."""
    with tenant_transaction():
        versions = selectors.live_versions(caller, document_ids=document_ids)
    return candidates_among(caller, question, versions, spoken=spoken)


def candidates_among(caller: Caller, question: str, versions: list[UUID], *, spoken: Language) -> Candidates:
    """What each of the two searches finds in these versions, whoever may see them: that is the caller's to know."""
    dense, model = _dense(caller, question, versions)
    with tenant_transaction():
        hits = lexical.search(words_asked(question, spoken), versions=versions, limit=CANDIDATES)
        named = identifiers.places(question, versions)[:DEPTH]
    return Candidates(best_windows(dense), {(hit.version, hit.part): hit.share for hit in hits}, model, tuple(named))


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


def words_asked(question: str, spoken: Language) -> list[lexical.Forms]:
    """Each word of the question with all that says it: its stem, its synonyms, and what it is called in the other
    language, for documents are in both.
    """
    by_language = [asked(question, source=spoken, target=target) for target in LANGUAGES]
    words: list[lexical.Forms] = []
    for one_word in zip(*by_language, strict=True):
        forms: dict[str, float] = {}
        for each in one_word:
            for form, weight in each.forms.items():
                for term in form:
                    forms[term] = max(forms.get(term, 0.0), each.weight * weight / len(form))
        words.append(forms)
    return words


def _dense(caller: Caller, question: str, versions: Sequence[UUID]) -> tuple[list[Hit], str]:
    """Nearest windows, and the model's identifier ("" when the engine is away: words alone must do then)."""
    if not versions:
        return [], ""
    try:
        with engine_call():
            model = question_embedder().model
            vector = QUESTION_VECTORS.get(caller, model.identifier, question, embed_question)
            index = vector_index(model.identifier, model.dimensions)
            return index.search(caller.organization.pk, vector, WINDOWS, versions), model.identifier
    except EngineError as error:
        logger.warning("dense search is off", extra={"error": error.code})
        return [], ""


def embed_question(question: str) -> Vectors:
    vector: Vectors = question_embedder().embed([question])[0]
    return vector


def best_windows(hits: Sequence[Hit]) -> dict[Place, float]:
    """Hits grouped by chunk, scored by the best window, best chunk first."""
    best: dict[Place, float] = {}
    for hit in hits:
        best.setdefault((hit.version, hit.part), hit.score)
    return best


def fuse(similarity: dict[Place, float], share: dict[Place, float]) -> list[tuple[Place, float]]:
    """Best first, scores between 0 and 1; equal scores keep a fixed order.

    A chunk that the vectors did not bring is no nearer than the farthest that they brought.
    """
    floor = min(similarity.values(), default=0.0)
    scores = {
        place: DENSE * max(similarity.get(place, floor), 0.0) + (1 - DENSE) * share.get(place, 0.0)
        for place in {**similarity, **share}
    }
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def named_first(named: Sequence[Place], fused: list[tuple[Place, float]]) -> list[tuple[Place, float]]:
    """Whoever types a number means it: what holds it comes before what is merely alike, with the best of scores."""
    return [*((place, 1.0) for place in named), *(item for item in fused if item[0] not in set(named))]


def engines_of(candidates: Candidates) -> tuple[str, ...]:
    """What searched."""
    searched = (("identifiers", candidates.named), ("bm25", True), ("dense", candidates.model))
    return tuple(name for name, used in searched if used)
