"""Qdrant (server or cluster): one collection per model, the tenant as an `is_tenant` payload index.

Search inside a tenant is exact, as in the other adapters; `exact=False` uses the per-tenant graphs (`payload_m`) once
one tenant has too many windows to score them all.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from engines.vectors import (
    DimensionsMismatch,
    Hit,
    IndexNotReady,
    Point,
    VectorsRefused,
    VectorsUnavailable,
    checked_vector,
)

_POINTS_PER_REQUEST: Final = 256
_TIES: Final = 16  # asked for beyond the limit, so that equal scores at its edge are ordered by us and not by chance
_PAYLOAD_M: Final = 16  # links per node in a tenant's own graph; the graph over everybody (m) is never searched
_CONFLICT: Final = 409
_SERVER_ERRORS: Final = 500
_TRY_AGAIN: Final = frozenset({408, 425, 429})


class QdrantIndex:
    """A VectorIndex on Qdrant. The client is thread-safe, and so is this once `ensure` was called."""

    def __init__(self, client: QdrantClient, *, server: bool, prefix: str = "windows", exact: bool = True) -> None:
        """`server` is False for the client's local mode, which has no payload indexes."""
        self._client = client
        self._server = server
        self._prefix = prefix
        self._exact = exact
        self._bound: tuple[str, int] | None = None

    @classmethod
    def connect(
        cls, url: str, *, api_key: str | None = None, timeout: int = 5, prefix: str = "windows", exact: bool = True
    ) -> Self:
        """Over HTTP; `timeout` in seconds for each call. Nothing is asked of the server before `ensure`."""
        client = QdrantClient(url=url, api_key=api_key, timeout=timeout, check_compatibility=False)
        return cls(client, server=True, prefix=prefix, exact=exact)

    @classmethod
    def in_memory(cls) -> Self:
        """The client's own engine, exact and gone with the process."""
        return cls(QdrantClient(location=":memory:"), server=False)

    def ensure(self, model: str, dimensions: int) -> None:
        collection = collection_name(self._prefix, model)
        with _typed_errors():
            if not self._client.collection_exists(collection):
                self._create(collection, dimensions)
            if self._server:
                self._index_payload(collection)
            existing = self._client.get_collection(collection).config.params.vectors
        if not isinstance(existing, models.VectorParams) or existing.size != dimensions:
            raise DimensionsMismatch(f"{collection} does not hold vectors of {dimensions} dimensions")
        self._bound = (collection, dimensions)

    def upsert(self, points: Sequence[Point]) -> None:
        collection, dimensions = self._binding()
        structs = [_struct(point, dimensions) for point in points]
        with _typed_errors():
            for start in range(0, len(structs), _POINTS_PER_REQUEST):
                self._client.upsert(collection, structs[start : start + _POINTS_PER_REQUEST], wait=True)

    def search(
        self, tenant: UUID, vector: NDArray[np.float32], limit: int, versions: Sequence[UUID] | None = None
    ) -> list[Hit]:
        collection, dimensions = self._binding()
        query = checked_vector(vector, dimensions)
        if limit < 1 or (versions is not None and not versions):
            return []
        conditions = [_is("tenant", tenant)]
        if versions is not None:
            conditions.append(_is("version", *versions))
        with _typed_errors():
            answer = self._client.query_points(
                collection,
                query=query.tolist(),
                query_filter=models.Filter(must=list(conditions)),
                search_params=models.SearchParams(exact=self._exact) if self._server else None,
                limit=limit + _TIES,
            )
        # The server filtered by tenant; believing it without looking would make its bug our leak.
        hits = [_hit(point) for point in answer.points if (point.payload or {}).get("tenant") == str(tenant)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]

    def delete_version(self, tenant: UUID, version: UUID) -> None:
        self._delete(_is("tenant", tenant), _is("version", version))

    def delete_document(self, tenant: UUID, document: UUID) -> None:
        self._delete(_is("tenant", tenant), _is("document", document))

    def count(self, tenant: UUID, version: UUID) -> int:
        collection, _ = self._binding()
        only = models.Filter(must=[_is("tenant", tenant), _is("version", version)])
        with _typed_errors():
            return self._client.count(collection, count_filter=only, exact=True).count

    def drop(self) -> None:
        """Delete the whole collection this is bound to: after a change of model, when nobody reads the old one."""
        collection, _ = self._binding()
        with _typed_errors():
            self._client.delete_collection(collection)
        self._bound = None

    def close(self) -> None:
        self._client.close()

    def _binding(self) -> tuple[str, int]:
        if self._bound is None:
            raise IndexNotReady
        return self._bound

    def _create(self, collection: str, dimensions: int) -> None:
        try:
            self._client.create_collection(
                collection,
                vectors_config=models.VectorParams(size=dimensions, distance=models.Distance.DOT),
                hnsw_config=models.HnswConfigDiff(m=0, payload_m=_PAYLOAD_M),
            )
        except UnexpectedResponse as error:
            if error.status_code != _CONFLICT:  # another process created it first
                raise

    def _index_payload(self, collection: str) -> None:
        keyword = models.KeywordIndexType.KEYWORD
        for field in ("tenant", "version", "document"):
            schema = models.KeywordIndexParams(type=keyword, is_tenant=field == "tenant")
            self._client.create_payload_index(collection, field, field_schema=schema, wait=True)

    def _delete(self, *conditions: models.FieldCondition) -> None:
        collection, _ = self._binding()
        selector = models.FilterSelector(filter=models.Filter(must=list(conditions)))
        with _typed_errors():
            self._client.delete(collection, points_selector=selector, wait=True)


def collection_name(prefix: str, model: str) -> str:
    """A name Qdrant takes, readable, and different for models that differ in any character."""
    readable = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:60]
    return f"{prefix}-{readable}-{hashlib.sha256(model.encode()).hexdigest()[:10]}"


def _is(field: str, *values: UUID) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=[str(value) for value in values]))


def _struct(point: Point, dimensions: int) -> models.PointStruct:
    payload = {
        "tenant": str(point.tenant),
        "document": str(point.document),
        "version": str(point.version),
        "chunk": str(point.chunk),
        "part": point.part,
        "window": point.window,
    }
    return models.PointStruct(
        id=str(point.id), vector=checked_vector(point.vector, dimensions).tolist(), payload=payload
    )


def _hit(point: models.ScoredPoint) -> Hit:
    payload = point.payload or {}
    return Hit(
        id=UUID(str(point.id)),
        document=UUID(payload["document"]),
        version=UUID(payload["version"]),
        chunk=UUID(payload["chunk"]),
        part=payload["part"],
        window=payload["window"],
        score=point.score,
    )


@contextmanager
def _typed_errors() -> Iterator[None]:
    """The client's exceptions as ours; the server's own text may quote payloads, so only its status goes on."""
    try:
        yield
    except ResourceExhaustedResponse as error:
        raise VectorsUnavailable("the server asks to slow down") from error
    except ResponseHandlingException as error:
        raise VectorsUnavailable(type(error.source).__name__) from error
    except UnexpectedResponse as error:
        status = error.status_code or 0
        kind = VectorsUnavailable if status >= _SERVER_ERRORS or status in _TRY_AGAIN else VectorsRefused
        raise kind(f"status {status}") from error
