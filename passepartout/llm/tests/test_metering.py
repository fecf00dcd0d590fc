"""The model's calls as Prometheus sees them: failures and readers who leave are counted as what they are."""

import asyncio
from contextlib import aclosing

import pytest
from prometheus_client import REGISTRY

from engines.llm import Message
from engines.llm.errors import ModelTimeout, StreamCut
from engines.llm.fake import CutAfter, ScriptedModel
from passepartout.llm.metering import MeteredModel

ASKED = [Message("user", "un deux trois")]


def number(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def grown():
    """How much each number grew since the test began."""
    names = [("pp_model_calls_total", {"end": end}) for end in ("ok", "left", "model_timeout", "model_stream_cut")]
    names += [("pp_model_tokens_total", {"side": side}) for side in ("prompt", "answer")]
    names += [("pp_model_seconds_count", {}), ("pp_model_first_token_seconds_count", {})]
    before = {(name, *labels.values()): number(name, **labels) for name, labels in names}

    def since() -> dict[tuple[str, ...], float]:
        now = {(name, *labels.values()): number(name, **labels) for name, labels in names}
        return {key: now[key] - before[key] for key in now if now[key] != before[key]}

    return since


async def read(model, words=99):
    async with aclosing(model.stream(ASKED)) as deltas:
        async for delta in deltas:
            words -= 1
            if words == 0 or delta.completion:
                return


@pytest.mark.parametrize("streamed", [False, True])
def test_a_failure_is_counted_by_its_code_and_gives_no_tokens(grown, streamed):
    model = MeteredModel(ScriptedModel([CutAfter("un", StreamCut())] if streamed else [ModelTimeout()]))
    with pytest.raises((ModelTimeout, StreamCut)):
        asyncio.run(read(model)) if streamed else model.complete(ASKED)
    code = "model_stream_cut" if streamed else "model_timeout"
    assert grown() == {("pp_model_calls_total", code): 1, ("pp_model_seconds_count",): 1}


def test_a_reader_who_leaves_is_no_failure(grown):
    scripted = ScriptedModel(["un deux trois"])
    asyncio.run(read(MeteredModel(scripted), words=1))
    assert grown() == {("pp_model_calls_total", "left"): 1, ("pp_model_seconds_count",): 1}
    assert scripted.freed == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_is_counted_with_its_tokens_and_its_time(grown, streamed):
    model = MeteredModel(ScriptedModel(["quatre cinq"]))
    if streamed:
        asyncio.run(read(model))
    else:
        model.complete(ASKED)
    assert grown() == {
        ("pp_model_calls_total", "ok"): 1,
        ("pp_model_tokens_total", "prompt"): 3,
        ("pp_model_tokens_total", "answer"): 2,
        ("pp_model_seconds_count",): 1,
        ("pp_model_first_token_seconds_count",): 1,
    }


def test_it_is_the_model_it_wraps():
    scripted = ScriptedModel()
    model = MeteredModel(scripted)
    assert (model.name, model.context, model.health(), model.models()) == (
        scripted.name,
        scripted.context,
        scripted.health(),
        scripted.models(),
    )
