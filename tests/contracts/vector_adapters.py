"""The adapters that `test_vectors.py` is run against. Another one is one more `Adapter` in ADAPTERS."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest

from engines.vectors import Point, VectorIndex
from engines.vectors.memory import MemoryIndex
from engines.vectors.qdrant import QdrantIndex

Opener = Callable[[pytest.FixtureRequest], AbstractContextManager[VectorIndex]]


def _nothing(points: Sequence[Point]) -> None:
    """Most adapters need nothing beside the points."""


@dataclass(frozen=True)
class Adapter:
    """`open` gives an empty index not yet bound to a model; it may ask for fixtures (`request.getfixturevalue("db")`).

    `plant` is called with the points before each `upsert`, for an adapter whose points need rows to stand on.
    """

    name: str
    open: Opener
    plant: Callable[[Sequence[Point]], None] = _nothing


@contextmanager
def _memory(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    yield MemoryIndex()


@contextmanager
def _qdrant_local(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    index = QdrantIndex.in_memory()
    yield index
    index.close()


@contextmanager
def _qdrant_server(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    url = os.environ.get("QDRANT_URL")
    if not url:
        pytest.skip("QDRANT_URL is not set: no Qdrant server to test against")
    index = QdrantIndex.connect(url, api_key=os.environ.get("QDRANT_API_KEY"), prefix=f"test-{uuid4().hex}")
    yield index
    index.drop()
    index.close()


@contextmanager
def _postgres(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    request.getfixturevalue("db")
    from passepartout.documents.vectors import PostgresVectors

    yield PostgresVectors()


def _versions_in_postgres(points: Sequence[Point]) -> None:
    """A window stands on a version of a document of an organization."""
    from passepartout.documents.factories import version_row

    for tenant, document, version in {(point.tenant, point.document, point.version) for point in points}:
        version_row(organization=tenant, document=document, version=version)


ADAPTERS = [
    Adapter("memory", _memory),
    Adapter("postgres", _postgres, plant=_versions_in_postgres),
    Adapter("qdrant-local", _qdrant_local),
    Adapter("qdrant-server", _qdrant_server),
]
