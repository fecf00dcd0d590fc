"""The scripted model keeps the promises of the port, so that what is tested with it holds with a real one."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from engines.llm import Message, Parameters
from engines.llm.errors import ModelUnreachable, StreamCut
from engines.llm.fake import CutAfter, ScriptedModel

ASKED = [Message("user", "Bonjour ?")]


def test_after_its_script_it_is_unreachable():
    with pytest.raises(ModelUnreachable):
        ScriptedModel().complete(ASKED)


def test_a_stream_that_is_cut_says_its_beginning_first():
    model = ScriptedModel([CutAfter("Le loyer est", StreamCut())])
    said = []

    async def read():
        async for delta in model.stream(ASKED):
            said.append(delta.text)

    with pytest.raises(StreamCut):
        asyncio.run(read())
    assert "".join(said) == "Le loyer est"


def test_closing_a_stream_frees_the_model():
    model = ScriptedModel(["un deux trois"])

    async def first():
        async with aclosing(model.stream(ASKED)) as deltas:
            async for delta in deltas:
                return delta.text

    assert asyncio.run(first()) == "un"
    assert model.freed == 1


def test_a_stream_ends_with_the_whole_completion():
    model = ScriptedModel(["Le loyer  est de 910 €.\n"])

    async def read():
        return [delta async for delta in model.stream(ASKED)]

    *pieces, last = asyncio.run(read())
    assert len(pieces) > 1
    assert last.text == ""
    assert last.completion.text == "".join(piece.text for piece in pieces) == "Le loyer  est de 910 €.\n"
    assert last.completion.finish_reason == "stop"


def test_an_answer_longer_than_allowed_is_cut():
    answer = ScriptedModel(["un deux trois quatre"]).complete(ASKED, Parameters(max_tokens=2))
    assert answer.text == "un deux"
    assert answer.cut
