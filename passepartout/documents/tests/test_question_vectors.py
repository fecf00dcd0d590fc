"""A question's vector is kept for its session alone, for a while, and not without bound."""

from types import SimpleNamespace

import numpy as np
import pytest

from engines.errors import EngineTimeout
from passepartout.documents.question_vectors import QuestionVectors
from passepartout.kernel.ids import new_id


def caller(organization=None, user=None, family=None):
    return SimpleNamespace(
        organization=SimpleNamespace(pk=organization or new_id()),
        user=SimpleNamespace(pk=user or new_id()),
        family=family,
    )


@pytest.fixture
def engine():
    class Engine:
        def __init__(self):
            self.asked = []

        def __call__(self, text):
            self.asked.append(text)
            return np.array([float(len(text))])

    return Engine()


def test_nobody_elses_question_is_known(engine):
    kept, alice = QuestionVectors(), caller(family=new_id())
    kept.get(alice, "m", "piscine ?", engine)
    elsewhere = caller(organization=new_id(), user=alice.user.pk, family=alice.family)
    for other in (caller(), elsewhere, caller(alice.organization.pk), caller(alice.organization.pk, alice.user.pk)):
        kept.get(other, "m", "piscine ?", engine)
    assert len(engine.asked) == 5


def test_another_model_or_question_is_embedded(engine):
    kept, alice = QuestionVectors(), caller()
    for model, question in (("m", "a"), ("n", "a"), ("m", "b")):
        kept.get(alice, model, question, engine)
    assert len(engine.asked) == 3


def test_a_failure_is_not_kept(engine):
    def failing(text):
        raise EngineTimeout("late")

    kept, alice = QuestionVectors(), caller()
    with pytest.raises(EngineTimeout):
        kept.get(alice, "m", "a", failing)
    assert kept.get(alice, "m", "a", engine) == [1.0]


def test_the_same_question_is_embedded_once_until_it_is_old(engine):
    now = [0.0]
    kept, alice = QuestionVectors(seconds=10, clock=lambda: now[0]), caller()
    assert kept.get(alice, "m", "abc", engine) is kept.get(alice, "m", "abc", engine)
    now[0] = 11.0
    kept.get(alice, "m", "abc", engine)
    assert len(engine.asked) == 2


def test_no_more_than_so_many_are_kept(engine):
    kept, alice = QuestionVectors(most=3), caller()
    for number in range(10):
        kept.get(alice, "m", str(number), engine)
    assert len(kept) == 3
