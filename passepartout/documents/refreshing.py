"""Indexing again what another model or analyser indexed: in the background, each document switched on its own."""

import logging
from uuid import UUID

from django.db import connection

from engines.errors import EngineError
from passepartout.jobs.selectors import open_job
from passepartout.jobs.services import enqueue
from passepartout.kernel.scope import engine_call, scope, tenant_transaction

from .contexts import RECIPE
from .engines_in_use import embedder
from .models import Document
from .services import INDEX

logger = logging.getLogger("passepartout.documents")
PER_RUN = 500
EVERYTHING = ""  # no model has this name, so that every version differs from it


def reindex_outdated(*, limit: int = PER_RUN) -> int:
    """Queue documents whose live version another model or analyser made, oldest first. Returns how many.

    Raises EngineError when the embedding service does not say which model it serves.
    """
    with engine_call():
        model = embedder().model.identifier
    return _reindex(model, limit)


def refresh() -> int:
    """`reindex_outdated` for the clock: while the embedding service is away there is nothing to do."""
    try:
        return reindex_outdated()
    except EngineError as error:
        logger.warning("no refresh", extra={"error": error.code})
        return 0


def reindex_all(*, limit: int) -> int:
    """Queue every live document of every organization. Returns how many."""
    return _reindex(EVERYTHING, limit)


def _reindex(model: str, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id, document_id FROM documents_outdated(%s, %s, %s)", [model, RECIPE, limit])
        outdated = cursor.fetchall()
    return sum(reindex_document(organization, document) for organization, document in outdated)


def reindex_document(organization: UUID, ident: UUID) -> bool:
    """Queue a live document; False when it is not live (any more), or being indexed already."""
    with scope(organization=organization), tenant_transaction():
        live = Document.objects.select_for_update().filter(pk=ident, status="indexed").exists()
        if not live or open_job(ident, INDEX) is not None:
            return False
        enqueue(INDEX, subject=ident, document_id=ident)
        return True
