"""What the two searches know is added, not ranked; words count by their best form, and titles count as words."""

import uuid

import numpy as np
import pytest

from engines.text.analysis import terms
from engines.vectors import Point
from passepartout.documents import lexical, retrieval, vectors
from passepartout.documents.contexts import Contexts
from passepartout.documents.factories import MODEL, version_row
from passepartout.documents.models import DocumentVersion, Posting
from passepartout.kernel.scope import tenant

A, B, C = ((uuid.UUID(int=number), 1) for number in (1, 2, 3))


def test_a_chunk_that_one_search_is_sure_of_is_before_one_that_both_find_doubtful() -> None:
    fused = retrieval.fuse({B: 0.3, C: 0.2}, {A: 0.9, B: 0.1, C: 0.1})
    assert [place for place, _ in fused] == [A, B, C]


def test_a_chunk_the_vectors_did_not_bring_is_no_nearer_than_the_farthest_they_brought() -> None:
    assert dict(retrieval.fuse({B: 0.8, C: 0.4}, {A: 0.5})) == pytest.approx({A: 0.45, B: 0.4, C: 0.2})


def test_opposite_vectors_and_no_vectors_at_all_give_no_negative_score() -> None:
    assert dict(retrieval.fuse({A: -0.4}, {})) == {A: 0.0}
    assert dict(retrieval.fuse({}, {A: 0.6})) == {A: 0.3}
    assert retrieval.fuse({}, {}) == []


def test_equal_scores_keep_one_order() -> None:
    assert retrieval.fuse({B: 0.5, A: 0.5}, {}) == retrieval.fuse({A: 0.5, B: 0.5}, {})


def test_a_question_without_words_asks_for_nothing() -> None:
    assert retrieval.words_asked("?!", "fr") == []


def test_a_word_is_asked_in_both_languages_and_as_written() -> None:
    (forms,) = retrieval.words_asked("loyer", "fr")
    assert forms[terms("loyer", "fr")[0]] == 1
    assert 0 < forms[terms("rent", "en")[0]] < 1


def test_a_passage_stands_under_its_title_and_the_last_heading_before_it() -> None:
    text = "# Bail\n\nUn appartement.\n\n## Loyer\n\n890 euros par mois."
    contexts = Contexts("Bail", text)
    assert contexts.before(text.index("Un")) == "Bail\n"
    assert contexts.before(text.index("890")) == "Bail – Loyer\n"


@pytest.fixture
def version(alice):
    """Two chunks: "pool pool deposit" and "pool"."""
    organization, ident = alice.organization.pk, uuid.uuid4()
    version_row(organization=organization, document=uuid.uuid4(), version=ident)
    with tenant(organization):
        rows, count = lexical.postings(ident, [(1, ["pool", "pool", "deposit"]), (2, ["pool"])])
        Posting.objects.bulk_create(rows)
        DocumentVersion.objects.filter(pk=ident).update(chunk_count=2, term_count=count)
    return ident


def shares(alice, version, *words):
    with tenant(alice.organization.pk):
        return {hit.part: hit.share for hit in lexical.search(words, versions=[version], limit=10)}


def test_words_that_are_nowhere_find_nothing_and_lower_the_share_of_the_others(alice, version) -> None:
    assert shares(alice, version, {"ghost": 1.0}) == {}
    alone = shares(alice, version, {"deposit": 1.0})[1]
    assert 0 < shares(alice, version, {"deposit": 1.0}, {"ghost": 1.0})[1] < alone / 2


def test_no_word_or_no_version_is_no_search(alice, version) -> None:
    assert shares(alice, version) == shares(alice, version, {}) == {}
    with tenant(alice.organization.pk):
        assert lexical.search([{"pool": 1.0}], versions=[], limit=10) == []


def test_synonyms_of_a_word_count_once_by_the_best_of_them(alice, version) -> None:
    both = shares(alice, version, {"deposit": 1.0, "pool": 0.1})
    assert both[1] == pytest.approx(shares(alice, version, {"deposit": 1.0})[1])
    assert 0 < both[2] < both[1]


def test_a_term_that_says_two_words_counts_for_each(alice, version) -> None:
    alone = shares(alice, version, {"pool": 1.0})
    assert shares(alice, version, {"pool": 1.0}, {"pool": 0.5}) == pytest.approx(alone)
    assert shares(alice, version, {"pool": 1.0}, {"ghost": 0.5})[2] < alone[2]


def test_a_question_reads_no_more_postings_than_allowed_and_keeps_what_tells_most(alice, version, monkeypatch):
    monkeypatch.setattr(lexical, "READ_MOST", 1)
    found = shares(alice, version, {"pool": 0.1}, {"deposit": 1.0})
    assert list(found) == [1]
    assert found == shares(alice, version, {"deposit": 1.0})


def test_a_question_of_one_common_word_is_still_asked(alice, version, monkeypatch) -> None:
    monkeypatch.setattr(lexical, "READ_MOST", 0)
    assert set(shares(alice, version, {"pool": 1.0})) == {1, 2}


@pytest.fixture
def windows(alice) -> list[Point]:
    """Three hundred unit vectors of sixteen dimensions in one version."""
    chance = np.random.default_rng(3)
    document, version = uuid.uuid4(), uuid.uuid4()
    version_row(organization=alice.organization.pk, document=document, version=version)
    with tenant(alice.organization.pk):
        DocumentVersion.objects.filter(pk=version).update(window_count=300)
    drawn = chance.normal(size=(300, 16)).astype(np.float32)
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return [
        Point(uuid.uuid4(), alice.organization.pk, document, version, uuid.uuid4(), part, 1, vector)
        for part, vector in enumerate(unit, start=1)
    ]


@pytest.mark.parametrize("named", [True, False])
def test_among_very_many_windows_signs_come_first_and_the_nearest_are_the_same(alice, windows, monkeypatch, named):
    index = vectors.PostgresVectors()
    index.ensure(MODEL, 16)
    index.upsert(windows)
    versions = [windows[0].version] if named else None
    exact = index.search(alice.organization.pk, windows[7].vector, 5, versions)
    monkeypatch.setattr(vectors, "COMPARED_EXACTLY", 299)
    monkeypatch.setattr(vectors, "NEAR", 150)
    assert index.search(alice.organization.pk, windows[7].vector, 5, versions) == exact
    assert exact[0].id == windows[7].id


def test_signs_cross_no_border_between_organizations(alice, charlie, windows, monkeypatch) -> None:
    index = vectors.PostgresVectors()
    index.ensure(MODEL, 16)
    index.upsert(windows)
    monkeypatch.setattr(vectors, "COMPARED_EXACTLY", -1)
    assert index.search(charlie.organization.pk, windows[7].vector, 5, [windows[0].version]) == []
