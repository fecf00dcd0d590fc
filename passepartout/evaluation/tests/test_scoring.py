"""Scores by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passepartout.evaluation.scoring import SCORES, Outcome, Spot, fallen, is_expected, judged, scores

A = "0193c2f0-0000-7000-8000-00000000000a"
B = "0193c2f0-0000-7000-8000-00000000000b"


def spot(document=A, page=1, text="Le dépôt  de\ngarantie est de 850 euros.", page_to=None):
    return Spot(document, page, page_to or page, text)


@pytest.mark.parametrize(
    ("place", "matches"),
    [
        ({"document": A}, True),
        ({"document": B}, False),
        ({"document": A, "page": 1}, True),
        ({"document": A, "page": 2}, False),
        ({"document": A, "page": None, "words": "Dépôt de garantie"}, True),
        ({"document": A, "words": "caution"}, False),
    ],
)
def test_a_place_is_the_document_its_page_and_its_words_as_far_as_they_are_given(place, matches):
    assert is_expected(spot(), [place]) is matches


def test_a_passage_over_two_pages_is_on_both():
    assert is_expected(spot(page=1, page_to=2), [{"document": A, "page": 2}])


def test_an_answer_to_what_cannot_be_answered_is_wrong_and_so_is_none_to_what_can():
    known: Any = {"question": "q", "found": [spot()], "engine": "extractive"}
    expected = [{"document": A}]
    assert not judged(**known, expected=[], cited=[spot()]).answered_right
    assert judged(**known, expected=[], cited=[]).answered_right
    assert not judged(**known, expected=expected, cited=[]).answered_right
    right = judged(**known, expected=expected, cited=[spot(B), spot(A)])
    assert (right.answered_right, right.cited_right, right.rank) == (True, True, 1)
    assert not judged(**known, expected=expected, cited=[spot(B)]).cited_right


def outcome(rank, *, answerable=True, right=True, cited=True):
    return Outcome("q", answerable, rank, right, cited, "extractive")


def test_the_scores_are_means_over_what_they_are_about():
    rows = [outcome(1), outcome(3, cited=False), outcome(7, right=False, cited=False), outcome(0, answerable=False)]
    assert scores(rows) == {
        "recall_at_5": 0.6667,
        "ndcg_at_10": pytest.approx((1 + 0.5 + 1 / 3) / 3, abs=1e-4),
        "answered_right": 0.75,
        "cited_right": 0.3333,
    }


def test_a_fall_within_the_tolerance_is_none():
    before = dict.fromkeys(SCORES, 0.9)
    assert fallen({**before, "cited_right": 0.85}, before, tolerance=0.05) == []
    assert fallen({**before, "cited_right": 0.84}, before, tolerance=0.05) == ["cited_right"]
    assert fallen(dict.fromkeys(SCORES, 1.0), before, tolerance=0) == []


@given(st.lists(st.builds(Outcome, st.just("q"), st.booleans(), st.integers(0, 10), st.booleans(), st.booleans(),
                          st.just("e"))))  # fmt: skip
def test_every_score_lies_between_0_and_1(outcomes):
    assert all(0 <= value <= 1 for value in scores(outcomes).values())
