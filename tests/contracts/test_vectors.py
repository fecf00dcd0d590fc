"""What every VectorIndex must do, the same for each adapter in vector_adapters.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.vectors import DimensionsMismatch, Hit, IndexNotReady, Point, VectorIndex, VectorInvalid, point_id
from engines.vectors.memory import MemoryIndex
from tests.contracts.vector_adapters import ADAPTERS, Adapter

DIMENSIONS = 16
MODEL = "all-MiniLM-L6-v2/fp32"
ALICES, CHARLIES = UUID(int=0xA11CE), UUID(int=0xC4A811E)


@dataclass(frozen=True)
class Case:
    adapter: Adapter
    index: VectorIndex

    def write(self, points: Sequence[Point]) -> None:
        self.adapter.plant(points)
        self.index.upsert(points)


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.name)
def unbound(request: pytest.FixtureRequest) -> Iterator[Case]:
    with request.param.open(request) as index:
        yield Case(request.param, index)


@pytest.fixture
def case(unbound: Case) -> Case:
    unbound.index.ensure(MODEL, DIMENSIONS)
    return unbound


def unit(seed: int) -> NDArray[np.float32]:
    vector = np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)
    return vector / np.linalg.norm(vector)


def axis(which: int) -> NDArray[np.float32]:
    return np.eye(DIMENSIONS, dtype=np.float32)[which]


def a_version(tenant: UUID, seed: int, windows: int = 4, document: UUID | None = None) -> list[Point]:
    """A version of a document: two windows per chunk."""
    document, version = document or uuid4(), uuid4()
    chunks = [uuid4() for _ in range((windows + 1) // 2)]
    return [
        Point(
            id=point_id(document, version, n // 2, n % 2, MODEL),
            tenant=tenant,
            document=document,
            version=version,
            chunk=chunks[n // 2],
            part=n // 2,
            window=n % 2,
            vector=unit(seed * 1000 + n),
        )
        for n in range(windows)
    ]


def ids(hits: list[Hit]) -> list[UUID]:
    return [hit.id for hit in hits]


# What must never happen


def test_another_tenant_sees_nothing_even_asking_with_the_very_vector(case: Case) -> None:
    alices = a_version(ALICES, 1)
    case.write(alices)
    assert case.index.search(CHARLIES, alices[0].vector, 10) == []


def test_another_tenant_sees_nothing_even_naming_the_version(case: Case) -> None:
    alices = a_version(ALICES, 1)
    case.write(alices)
    assert case.index.search(CHARLIES, alices[0].vector, 10, [alices[0].version]) == []
    assert case.index.count(CHARLIES, alices[0].version) == 0


def test_a_tenant_that_mixes_its_versions_with_those_of_another_finds_only_its_own(case: Case) -> None:
    alices, charlies = a_version(ALICES, 1), a_version(CHARLIES, 2)
    case.write(alices)
    case.write(charlies)
    hits = case.index.search(CHARLIES, alices[0].vector, 10, [alices[0].version, charlies[0].version])
    assert set(ids(hits)) == {point.id for point in charlies}


def test_another_tenant_cannot_delete_by_naming_the_version_or_the_document(case: Case) -> None:
    alices = a_version(ALICES, 1)
    case.write(alices)
    case.index.delete_version(CHARLIES, alices[0].version)
    case.index.delete_document(CHARLIES, alices[0].document)
    assert case.index.count(ALICES, alices[0].version) == len(alices)


def test_no_version_at_all_finds_nothing_rather_than_everything(case: Case) -> None:
    alices = a_version(ALICES, 1)
    case.write(alices)
    assert case.index.search(ALICES, alices[0].vector, 10, []) == []


def test_no_tenant_ever_gets_a_hit_of_another_among_many(case: Case) -> None:
    tenants = [uuid4() for _ in range(5)]
    owned = {tenant: [p for n in range(4) for p in a_version(tenant, 10 * t + n)] for t, tenant in enumerate(tenants)}
    for points in owned.values():
        case.write(points)
    for tenant in tenants:
        for seed in range(5):
            hits = case.index.search(tenant, unit(seed), 100)
            assert set(ids(hits)) == {point.id for point in owned[tenant]}


@pytest.mark.parametrize("length", [0, 1, DIMENSIONS - 1, DIMENSIONS + 1])
def test_a_vector_of_another_size_is_refused(case: Case, length: int) -> None:
    wrong = np.full(length, 1 / max(1, length) ** 0.5, dtype=np.float32)
    with pytest.raises(DimensionsMismatch):
        case.write([replace(a_version(ALICES, 1)[0], vector=wrong)])
    with pytest.raises(DimensionsMismatch):
        case.index.search(ALICES, wrong, 10)


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0, np.nan, np.inf])
def test_a_vector_that_is_not_of_unit_length_is_refused_and_nothing_of_its_batch_is_written(
    case: Case, factor: float
) -> None:
    points = a_version(ALICES, 1)
    broken = replace(points[-1], vector=np.full(DIMENSIONS, factor, dtype=np.float32))
    with pytest.raises(VectorInvalid):
        case.write([*points[:-1], broken])
    assert case.index.count(ALICES, points[0].version) == 0


def test_an_index_that_was_not_bound_to_a_model_refuses_everything(unbound: Case) -> None:
    for use in (
        lambda: unbound.index.search(ALICES, unit(1), 1),
        lambda: unbound.index.upsert(a_version(ALICES, 1)),
        lambda: unbound.index.count(ALICES, uuid4()),
        lambda: unbound.index.delete_version(ALICES, uuid4()),
    ):
        with pytest.raises(IndexNotReady):
            use()


def test_the_same_model_with_other_dimensions_is_refused(case: Case) -> None:
    with pytest.raises(DimensionsMismatch):
        case.index.ensure(MODEL, DIMENSIONS * 2)


# What it is for


def test_the_nearest_window_comes_first_with_everything_needed_to_cite_it(case: Case) -> None:
    points = a_version(ALICES, 1)
    case.write(points)
    best, *_ = case.index.search(ALICES, points[3].vector, 2)
    found = (best.id, best.document, best.version, best.chunk, best.part, best.window)
    wanted = points[3]
    assert found == (wanted.id, wanted.document, wanted.version, wanted.chunk, wanted.part, wanted.window)
    assert best.score == pytest.approx(1.0, abs=2e-3)


def test_scores_are_cosines_from_one_to_minus_one(case: Case) -> None:
    same, across, opposite, _ = a_version(ALICES, 1)
    case.write([replace(same, vector=axis(0)), replace(across, vector=axis(1)), replace(opposite, vector=-axis(0))])
    hits = case.index.search(ALICES, axis(0), 10)
    assert ids(hits) == [same.id, across.id, opposite.id]
    assert [hit.score for hit in hits] == pytest.approx([1, 0, -1], abs=2e-3)


def test_every_adapter_ranks_like_the_exact_reference(case: Case) -> None:
    reference = MemoryIndex()
    reference.ensure(MODEL, DIMENSIONS)
    versions = [a_version(ALICES, seed, windows=30) for seed in range(10)]
    for points in versions:
        case.write(points)
        reference.upsert(points)
    only = [points[0].version for points in versions[::3]]
    for seed in range(20):
        for among in (None, only):
            hits = case.index.search(ALICES, unit(9_000 + seed), 10, among)
            wanted = reference.search(ALICES, unit(9_000 + seed), 10, among)
            assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in wanted], abs=2e-3)
            overlap = len(set(ids(hits)) & set(ids(wanted)))
            assert overlap >= 9, "half precision may swap the last place, no more"


def test_equal_scores_are_ordered_by_id_whatever_the_order_of_writing(case: Case) -> None:
    points = [replace(point, vector=axis(2)) for point in a_version(ALICES, 1, windows=12)]
    case.write(points[::-1])
    expected = sorted(point.id for point in points)
    assert ids(case.index.search(ALICES, axis(2), 12)) == expected
    assert ids(case.index.search(ALICES, axis(2), 5)) == expected[:5]


def test_writing_the_same_points_twice_keeps_them_once(case: Case) -> None:
    points = a_version(ALICES, 1)
    case.write(points)
    case.write(points)
    assert case.index.count(ALICES, points[0].version) == len(points)
    assert len(case.index.search(ALICES, unit(1), 100)) == len(points)


def test_writing_nothing_is_allowed(case: Case) -> None:
    case.write([])
    assert case.index.search(ALICES, unit(1), 10) == []


def test_a_search_limited_to_versions_leaves_the_others_out(case: Case) -> None:
    old, new = a_version(ALICES, 1), a_version(ALICES, 2)
    case.write(old)
    case.write(new)
    assert set(ids(case.index.search(ALICES, old[0].vector, 10, [new[0].version]))) == {point.id for point in new}


def test_deleting_a_version_leaves_the_other_version_of_the_document(case: Case) -> None:
    document = uuid4()
    old, new = a_version(ALICES, 1, document=document), a_version(ALICES, 2, document=document)
    case.write(old)
    case.write(new)
    case.index.delete_version(ALICES, old[0].version)
    assert case.index.count(ALICES, old[0].version) == 0
    assert case.index.count(ALICES, new[0].version) == len(new)


def test_deleting_a_document_deletes_all_its_versions_and_no_other_document(case: Case) -> None:
    document = uuid4()
    old, new, other = (
        a_version(ALICES, 1, document=document),
        a_version(ALICES, 2, document=document),
        a_version(ALICES, 3),
    )
    for points in (old, new, other):
        case.write(points)
    case.index.delete_document(ALICES, document)
    assert set(ids(case.index.search(ALICES, unit(1), 100))) == {point.id for point in other}
    case.index.delete_document(ALICES, document)


def test_more_points_than_one_request_carries_are_all_written(case: Case) -> None:
    points = a_version(ALICES, 1, windows=700)
    case.write(points)
    assert case.index.count(ALICES, points[0].version) == 700


def test_no_place_asked_for_gives_no_hit(case: Case) -> None:
    points = a_version(ALICES, 1)
    case.write(points)
    assert case.index.search(ALICES, points[0].vector, 0) == []


def test_binding_twice_to_the_same_model_keeps_what_was_written(case: Case) -> None:
    points = a_version(ALICES, 1)
    case.write(points)
    case.index.ensure(MODEL, DIMENSIONS)
    assert case.index.count(ALICES, points[0].version) == len(points)


# Identity of a point


def test_a_point_id_is_the_same_in_every_process() -> None:
    document, version = UUID(int=1), UUID(int=2)
    assert point_id(document, version, 12, 0, MODEL) == UUID("c6166166-b5ea-597b-9f00-3c5ca0aae692")


def test_a_point_id_changes_with_everything_it_stands_for() -> None:
    base = (UUID(int=1), UUID(int=2), 1, 0, MODEL)
    others = [
        (UUID(int=3), UUID(int=2), 1, 0, MODEL),
        (UUID(int=1), UUID(int=3), 1, 0, MODEL),
        (UUID(int=1), UUID(int=2), 2, 0, MODEL),
        (UUID(int=1), UUID(int=2), 1, 1, MODEL),
        (UUID(int=1), UUID(int=2), 1, 0, "all-MiniLM-L6-v2/int8"),
        (UUID(int=1), UUID(int=2), 11, 0, MODEL),
    ]
    assert len({point_id(*base), *(point_id(*other) for other in others)}) == len(others) + 1
