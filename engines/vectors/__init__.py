"""One vector per window of text, searched inside one tenant. Adapters: `memory`, `qdrant`, the platform's `postgres`.

The point's id is a UUIDv5 of what it stands for, so that indexing twice writes the same points once. Grouping hits by
chunk and fusing them with BM25 is the caller's: adapters return windows, best first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from engines.errors import EngineError

POINT_NAMESPACE: Final = UUID("6f0f5b3e-5c0e-5c1d-9b57-3f6a3f1f6c11")
UNIT_TOLERANCE: Final = 1e-2


class VectorError(EngineError):
    """An index refused or failed."""

    code = "vector_error"


class VectorInvalid(VectorError):
    """Not finite, or not of unit length."""

    code = "vector_invalid"
    permanent = True


class DimensionsMismatch(VectorError):
    """The index holds vectors of another size."""

    code = "dimensions_mismatch"
    permanent = True


class IndexNotReady(VectorError):
    """Used before `ensure`: a mistake of the caller."""

    code = "index_not_ready"
    permanent = True


class VectorsRefused(VectorError):
    """The server understood and refused: wrong key, wrong version, malformed request."""

    code = "vectors_refused"
    permanent = True


class VectorsUnavailable(VectorError):
    """Down, timed out or overloaded."""

    code = "vectors_unavailable"


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A window's vector: float32, one dimension, unit length. `part` is the chunk's rank, `window` its rank in it."""

    id: UUID
    tenant: UUID
    document: UUID
    version: UUID
    chunk: UUID
    part: int
    window: int
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A window found. `score` is the cosine, from -1 to 1."""

    id: UUID
    document: UUID
    version: UUID
    chunk: UUID
    part: int
    window: int
    score: float


def point_id(document: UUID, version: UUID, part: int, window: int, model: str) -> UUID:
    """The id of a window's vector, the same in every process: UUIDv5 (RFC 9562) of what it stands for."""
    return uuid5(POINT_NAMESPACE, f"{document}/{version}/{part}/{window}/{model}")


def checked_vector(vector: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """Return `vector` as contiguous float32 of shape (dimensions,).

    Raises DimensionsMismatch or VectorInvalid when it has another shape, is not finite or not unit
    length: a dot product is a cosine only between unit vectors, and a silent zero vector would never be found again.
    """
    array = np.ascontiguousarray(vector, dtype=np.float32)
    if array.shape != (dimensions,):
        raise DimensionsMismatch(f"shape {array.shape}, expected ({dimensions},)")
    norm = float(np.linalg.norm(array))
    if not abs(norm - 1.0) <= UNIT_TOLERANCE:  # written so that NaN fails too
        raise VectorInvalid(f"length {norm:.4f}, expected 1")
    return array


class VectorIndex(Protocol):
    """An index bound to one model by `ensure`; two models live side by side in two instances while one is re-indexed.

    Every method raises VectorError. Hits come best first; equal scores are ordered by point id.
    """

    def ensure(self, model: str, dimensions: int) -> None:
        """Bind to the model's collection, creating it if absent. `model` identifies weights and precision."""
        ...

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points, replacing those with the same id; searchable when it returns."""
        ...

    def search(
        self, tenant: UUID, vector: NDArray[np.float32], limit: int, versions: Sequence[UUID] | None = None
    ) -> list[Hit]:
        """The nearest windows of one tenant, among `versions` when given: an empty sequence finds nothing."""
        ...

    def delete_version(self, tenant: UUID, version: UUID) -> None: ...

    def delete_document(self, tenant: UUID, document: UUID) -> None: ...

    def count(self, tenant: UUID, version: UUID) -> int:
        """How many points this version has."""
        ...
