"""Whether documents that the caller may not see would have answered: one bit, and made hard to put questions through.

"Forbidden is not none": who is told that nothing is known, while a colleague's document says it, looks no further. But
a bit about hidden text is an oracle. So (docs/adr/0023-forbidden-is-not-none.md): only documents of the caller's own
organization; only for its staff in person; only above the floor at which we would have quoted the text; only the
question's common words are asked, without its numbers, names and identifiers, so that no value and no person can be
tried out; a few times an hour. Nothing of a hidden chunk leaves this module.
"""

import logging
import time
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from engines.errors import EngineError
from engines.text import Passage, extractive
from engines.text.analysis import tokens
from engines.text.facts import names
from engines.text.languages import Language, detect
from engines.text.lexicon import asked
from passepartout.kernel.scope import engine_call, tenant_transaction
from passepartout.tenancy.callers import Caller
from passepartout.tenancy.models import Role

from . import retrieval, selectors
from .engines_in_use import question_embedder
from .models import Chunk

logger = logging.getLogger("passepartout.retrieval")
TOLD_PER_HOUR = 6
PASSAGES = 6
_FEWEST_WORDS = 2
_HOUR = 3600
_OUTSIDERS = frozenset({Role.CLIENT_PORTAL, Role.PROVIDER_PORTAL})


def would_have_answered(caller: Caller, question: str, *, language: str) -> bool:
    """Whether a document that this caller may not see answers ``question`` well enough. False when in any doubt.

    Outside any transaction: engines are asked between short ones.
    """
    if not settings.ASK_FORBIDDEN_HINT or caller.scopes is not None or caller.role in _OUTSIDERS:
        return False
    with tenant_transaction():
        versions = selectors.hidden_versions(caller)
    plain = common_words(question, detect(question))
    if not versions or not plain:
        return False
    return _answers(caller, plain, versions, language) and _may_be_told(caller)


def common_words(question: str, language: Language) -> str:
    """The question without numbers, identifiers and names; "" when too little is left to mean anything."""
    named = {part.lower() for name in names(f"… x {question}") for part in name.split()}
    kept = [
        written
        for written, _ in tokens(question, language)
        if not any(character.isdigit() for character in written)
        and not named.intersection(written.replace("’", "'").split("'"))
    ]
    plain = " ".join(kept)
    telling = [each for each in asked(plain, source=language, target=language) if each.weight == 1.0]
    return plain if len(telling) >= _FEWEST_WORDS else ""


def _answers(caller: Caller, question: str, versions: list[UUID], language: str) -> bool:
    candidates = retrieval.candidates_among(caller, question, versions, spoken=detect(question))
    best = retrieval.fuse(candidates.similarity, candidates.share)[:PASSAGES]
    with tenant_transaction():
        chunks = selectors.chunks_in(versions, [place for place, _ in best])
    passages = [
        _passage(chunks[place], score, candidates.similarity.get(place, 0.0))
        for place, score in best
        if place in chunks
    ]
    if not passages:
        return False
    embed = question_embedder().embed if candidates.model else None
    with engine_call():
        try:
            return extractive.answer(question, language=language, passages=passages, embed=embed) is not None
        except EngineError:
            return False


def _passage(chunk: Chunk, score: float, similarity: float) -> Passage:
    return Passage(
        str(chunk.doc_id), chunk.part_no, chunk.chunk_text, chunk.language, score, similarity, chunk.doc.title
    )


def _may_be_told(caller: Caller) -> bool:
    """Counts what is told. Without Valkey nothing is."""
    key = f"hidden:{caller.organization.pk}:{caller.user.pk}:{int(time.time() // _HOUR)}"
    try:
        cache.add(key, 0, timeout=_HOUR)
        return int(cache.incr(key)) <= TOLD_PER_HOUR
    except (RedisError, ValueError) as error:
        logger.warning("hidden documents are not told of", extra={"error": type(error).__name__})
        return False
