"""Exact search over numpy arrays in this process: the reference that the other adapters are compared with."""

from collections.abc import Callable, Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from engines.vectors import DimensionsMismatch, Hit, IndexNotReady, Point, checked_vector


class MemoryIndex:
    """A VectorIndex that forgets everything with its process. Not thread-safe."""

    def __init__(self) -> None:
        self._models: dict[str, int] = {}
        self._points: dict[str, dict[UUID, Point]] = {}
        self._model: str | None = None

    def ensure(self, model: str, dimensions: int) -> None:
        existing = self._models.setdefault(model, dimensions)
        if existing != dimensions:
            raise DimensionsMismatch(f"{model} has {existing} dimensions, not {dimensions}")
        self._points.setdefault(model, {})
        self._model = model

    def upsert(self, points: Sequence[Point]) -> None:
        stored, dimensions = self._bound()
        for point in points:
            checked_vector(point.vector, dimensions)
        stored.update({point.id: point for point in points})

    def search(
        self, tenant: UUID, vector: NDArray[np.float32], limit: int, versions: Sequence[UUID] | None = None
    ) -> list[Hit]:
        stored, dimensions = self._bound()
        query = checked_vector(vector, dimensions)
        wanted = None if versions is None else frozenset(versions)
        points = [p for p in stored.values() if p.tenant == tenant and (wanted is None or p.version in wanted)]
        if not points or limit < 1:
            return []
        scores = np.stack([point.vector for point in points]) @ query
        ranked = sorted(zip(scores.tolist(), points, strict=True), key=lambda pair: (-pair[0], pair[1].id))
        return [_hit(point, score) for score, point in ranked[:limit]]

    def delete_version(self, tenant: UUID, version: UUID) -> None:
        self._delete(lambda point: point.tenant == tenant and point.version == version)

    def delete_document(self, tenant: UUID, document: UUID) -> None:
        self._delete(lambda point: point.tenant == tenant and point.document == document)

    def count(self, tenant: UUID, version: UUID) -> int:
        stored, _ = self._bound()
        return sum(point.tenant == tenant and point.version == version for point in stored.values())

    def _bound(self) -> tuple[dict[UUID, Point], int]:
        if self._model is None:
            raise IndexNotReady
        return self._points[self._model], self._models[self._model]

    def _delete(self, doomed: Callable[[Point], bool]) -> None:
        stored, _ = self._bound()
        for identifier in [point.id for point in stored.values() if doomed(point)]:
            del stored[identifier]


def _hit(point: Point, score: float) -> Hit:
    return Hit(point.id, point.document, point.version, point.chunk, point.part, point.window, score)
