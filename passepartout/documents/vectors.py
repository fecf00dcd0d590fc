"""The vector port on PostgreSQL: windows beside their rows, exact search inside the tenant.

No approximate index: an HNSW on a table shared by tenants is filtered after the graph and loses recall
(docs/adr/0005-vectors.md has the figures). Among very many windows a first pass compares signs only, one bit per
dimension, out of an index; the NEAR nearest are then compared exactly. Every method opens the tenant's own short
transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import numpy as np
from django.db import InterfaceError, OperationalError, connection
from numpy.typing import NDArray
from pgvector import HalfVector

from engines.vectors import DimensionsMismatch, Hit, IndexNotReady, Point, VectorsUnavailable, checked_vector
from passepartout.kernel.ids import uuid_array
from passepartout.kernel.scope import tenant

from .models import ChunkWindow

COLUMNS = "id, org_id, doc_id, version_id, chunk_id, model, part, number, embedding"
# Above so many windows signs come first; 2,000 of 100,000 hold 97 of the 100 windows that are the ten nearest.
COMPARED_EXACTLY = 20_000
NEAR = 2_000
WITHIN = "org_id = %(org)s AND model = %(model)s"
AMONG = " AND version_id = ANY(%(versions)s::uuid[])"
SIGNS_FIRST = """
WITH near AS MATERIALIZED (
  SELECT id FROM chunk_windows WHERE {within}
  ORDER BY signs::bit({dimensions}) <~> binary_quantize(%(query)s::halfvec)::bit({dimensions}) LIMIT %(near)s
) """
NEAREST = """
SELECT id, doc_id, version_id, chunk_id, part, number, -(embedding <#> %(query)s::halfvec) AS score
FROM {windows} WHERE {within} ORDER BY embedding <#> %(query)s::halfvec, id LIMIT %(limit)s"""
COUNT = "SELECT coalesce(sum(window_count), 0) FROM document_versions WHERE {within}"


class PostgresVectors:
    """See `engines.vectors.VectorIndex`."""

    def __init__(self) -> None:
        self._bound: tuple[str, int] | None = None

    def ensure(self, model: str, dimensions: int) -> None:
        if self._bound not in (None, (model, dimensions)) and self._bound[0] == model:
            raise DimensionsMismatch(f"{model} has {self._bound[1]} dimensions here, not {dimensions}")
        self._bound = (model, dimensions)

    @property
    def _model(self) -> tuple[str, int]:
        if self._bound is None:
            raise IndexNotReady
        return self._bound

    def upsert(self, points: Sequence[Point]) -> None:
        model, dimensions = self._model
        rows = [
            (*_key(point, model), HalfVector(checked_vector(point.vector, dimensions)).to_text()) for point in points
        ]
        by_tenant: dict[UUID, list[Any]] = {}
        for point, row in zip(points, rows, strict=True):
            by_tenant.setdefault(point.tenant, []).append(row)
        for organization, own in by_tenant.items():
            with _answered(organization), connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO chunk_windows ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) "  # noqa: S608
                    "ON CONFLICT (id) DO UPDATE SET embedding = excluded.embedding",
                    own,
                )

    def search(
        self, tenant: UUID, vector: NDArray[np.float32], limit: int, versions: Sequence[UUID] | None = None
    ) -> list[Hit]:
        model, dimensions = self._model
        wanted: dict[str, Any] = {
            "query": HalfVector(checked_vector(vector, dimensions)).to_text(),
            "org": tenant,
            "model": model,
            "limit": limit,
            "near": max(NEAR, limit),
            "versions": None if versions is None else uuid_array(versions),
        }
        with _answered(tenant), connection.cursor() as cursor:
            many = _count(cursor, wanted) > COMPARED_EXACTLY
            cursor.execute(_statement(wanted, dimensions=dimensions, first_pass=many), wanted)
            return [Hit(*row) for row in cursor.fetchall()]

    def delete_version(self, tenant: UUID, version: UUID) -> None:
        model, _ = self._model
        with _answered(tenant):
            ChunkWindow.objects.filter(version_id=version, model=model).delete()

    def delete_document(self, tenant: UUID, document: UUID) -> None:
        model, _ = self._model
        with _answered(tenant):
            ChunkWindow.objects.filter(doc_id=document, model=model).delete()

    def count(self, tenant: UUID, version: UUID) -> int:
        with _answered(tenant):
            return int(ChunkWindow.objects.filter(version_id=version, model=self._model[0]).count())


def _count(cursor: Any, wanted: dict[str, Any]) -> int:
    """How many windows the search would read."""
    within = WITHIN if wanted["versions"] is None else f"{WITHIN} AND id = ANY(%(versions)s::uuid[])"
    cursor.execute(COUNT.format(within=within), wanted)
    return int(cursor.fetchone()[0])


def _statement(wanted: dict[str, Any], *, dimensions: int, first_pass: bool) -> str:
    within = WITHIN if wanted["versions"] is None else WITHIN + AMONG
    if not first_pass:
        return NEAREST.format(windows="chunk_windows", within=within)
    nearest = NEAREST.format(windows="near JOIN chunk_windows USING (id)", within=WITHIN)
    return SIGNS_FIRST.format(within=within, dimensions=int(dimensions)) + nearest


def _key(point: Point, model: str) -> tuple[Any, ...]:
    return (point.id, point.tenant, point.document, point.version, point.chunk, model, point.part, point.window)


@contextmanager
def _answered(organization: UUID) -> Iterator[None]:
    """The tenant's transaction; a database that is away is an engine that is away."""
    try:
        with tenant(organization):
            yield
    except (OperationalError, InterfaceError) as error:
        raise VectorsUnavailable(type(error).__name__) from error
