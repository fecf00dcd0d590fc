"""State machines as data."""

import pytest

from passepartout.kernel.errors import Conflict
from passepartout.kernel.machines import machine

PARCEL = machine(
    "parcel",
    start="announced",
    table="""
    receive: announced -> stored
    dispatch: stored|returned -> moving
    lose: stored|moving -> lost!
    """,
)


def test_an_impossible_transition_names_what_is_possible():
    with pytest.raises(Conflict) as refused:
        PARCEL.target("dispatch", "announced")
    assert refused.value.code == "wrong_state"
    assert refused.value.extra == {"state": "announced", "allowed_actions": ["receive"]}


def test_an_unknown_transition_is_a_programming_error():
    with pytest.raises(KeyError):
        PARCEL.target("teleport", "announced")


def test_transitions_of_the_system_are_never_offered_to_a_person():
    assert PARCEL.offered("stored") == ["dispatch"]
    assert PARCEL.target("lose", "stored") == "lost"


def test_every_state_is_known_once():
    assert PARCEL.states == ["announced", "stored", "returned", "moving", "lost"]
