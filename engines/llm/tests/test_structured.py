"""Objects asked of a model: what is not what was asked never comes out, and is asked again once only."""

from __future__ import annotations

import socket
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from engines.llm import Message, Parameters, Schema
from engines.llm.errors import ModelTimeout, OutputInvalid
from engines.llm.fake import ScriptedModel
from engines.llm.structured import structured, structured_as

ASKED = [Message("user", "Le colis 12 est arrivé mouillé.")]
SCHEMA = Schema(
    "incident",
    {
        "type": "object",
        "properties": {"kind": {"enum": ["damage", "delay"]}, "parcel": {"type": "integer", "minimum": 1}},
        "required": ["kind", "parcel"],
        "additionalProperties": False,
    },
)
GOOD = '{"kind": "damage", "parcel": 12}'


class Incident(BaseModel):
    kind: Literal["damage", "delay"]
    parcel: int = Field(ge=1)


WRONG = [
    "",
    "Le colis est endommagé.",
    "```json\n" + GOOD + "\n```",
    GOOD[:-1],
    '{"kind": "damage"}',
    '{"kind": "fire", "parcel": 12}',
    '{"kind": "damage", "parcel": 0}',
    '{"kind": "damage", "parcel": NaN}',
    "[" * 100_000,
    "null",
]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("ask", [lambda m: structured(m, ASKED, SCHEMA), lambda m: structured_as(m, ASKED, Incident)])
def test_a_wrong_answer_twice_is_refused_for_good_and_never_asked_a_third_time(wrong, ask):
    model = ScriptedModel([wrong, wrong, GOOD])
    with pytest.raises(OutputInvalid) as refused:
        ask(model)
    assert refused.value.permanent
    assert len(model.calls) == 2


def test_what_the_model_wrote_stays_out_of_the_error():
    secret = '{"kind": "damage", "parcel": "Madame Durand"}'
    with pytest.raises(OutputInvalid) as refused:
        structured(ScriptedModel([secret, secret]), ASKED, SCHEMA)
    assert "Durand" not in str(refused.value)
    assert str(refused.value) == "incident: $.parcel"


def test_a_schema_that_is_none_is_refused_before_the_model_is_asked():
    model = ScriptedModel([GOOD])
    with pytest.raises(OutputInvalid, match="not valid"):
        structured(model, ASKED, Schema("incident", {"type": "colis"}))
    assert model.calls == []


def test_a_schema_cannot_make_us_fetch_what_it_points_to():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/schema.json"
        with pytest.raises(OutputInvalid, match="outside"):
            structured(ScriptedModel([GOOD]), ASKED, Schema("incident", {"$ref": address}))
        with pytest.raises(TimeoutError):
            listening.accept()


def test_an_engine_that_fails_is_not_asked_again():
    model = ScriptedModel([ModelTimeout(), GOOD])
    with pytest.raises(ModelTimeout):
        structured(model, ASKED, SCHEMA)
    assert len(model.calls) == 1


def test_a_wrong_answer_is_corrected_once_with_what_was_wrong():
    model = ScriptedModel(['{"kind": "damage", "parcel": 0}', GOOD])
    answer = structured(model, ASKED, SCHEMA, Parameters(max_tokens=64))
    assert answer.value == {"kind": "damage", "parcel": 12}
    assert len(answer.completions) == 2
    again = model.calls[1]
    assert again.schema == SCHEMA
    assert again.parameters.max_tokens == 64
    assert again.messages[0] == ASKED[0]
    assert "$.parcel" in again.messages[2].content
    assert "minimum" in again.messages[2].content


def test_an_answer_cut_by_its_length_is_told_to_be_shorter():
    model = ScriptedModel([" ".join(["mot"] * 20), GOOD])
    structured(model, ASKED, SCHEMA, Parameters(max_tokens=5))
    assert "be shorter" in model.calls[1].messages[-1].content


def test_a_right_answer_is_asked_once():
    model = ScriptedModel([GOOD])
    answer = structured_as(model, ASKED, Incident)
    assert answer.value == Incident(kind="damage", parcel=12)
    assert len(answer.completions) == len(model.calls) == 1
    assert model.calls[0].schema == Schema("Incident", Incident.model_json_schema())
