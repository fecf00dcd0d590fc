"""Calls of the model are paced by the plan, for each organization alone."""

import asyncio
from contextlib import aclosing

import pytest

from engines.llm import Message
from engines.llm.errors import ModelTimeout
from engines.llm.fake import ScriptedModel
from passepartout.billing import pacing
from passepartout.billing.plans import FREE, PLANS
from passepartout.billing.services import set_plan
from passepartout.kernel.errors import LimitReached
from passepartout.kernel.scope import scope
from passepartout.llm.paced import PacedModel, PlanThrottled

pytestmark = pytest.mark.django_db
ASKED = [Message("user", "un deux")]


@pytest.fixture
def here(alice):
    set_plan(alice.organization.pk, FREE)
    with scope(organization=alice.organization.pk, user=alice.user.pk):
        yield


def model(*script):
    return PacedModel(ScriptedModel(list(script)))


def test_a_second_call_at_once_is_refused_and_the_slot_comes_back(here):
    with pacing.paced_call():
        with pytest.raises(PlanThrottled) as refused:
            model("un").complete(ASKED)
        assert refused.value.code == "plan_throttled"
        assert refused.value.retry_after > 0
    assert model("un").complete(ASKED).text == "un"


def test_more_calls_than_a_minute_holds_are_refused_until_it_ends(here):
    for _ in range(PLANS[FREE].calls_per_minute or 0):
        model("un").complete(ASKED)
    with pytest.raises(PlanThrottled) as refused:
        model("un").complete(ASKED)
    assert 0 < refused.value.retry_after <= 61
    with pytest.raises(PlanThrottled):  # and the refused call has left no slot behind
        model("un").complete(ASKED)


@pytest.mark.parametrize("script", [[ModelTimeout()], ["un"]])
def test_the_slot_comes_back_however_a_call_ends(here, script):
    asked = model(*script)
    if isinstance(script[0], str):
        asked.complete(ASKED)
    else:
        with pytest.raises(ModelTimeout):
            asked.complete(ASKED)
    with pacing.paced_call():
        pass


def test_another_organization_is_not_held_up(here, charlie):
    set_plan(charlie.organization.pk, FREE)
    with pacing.paced_call(), scope(organization=charlie.organization.pk):
        assert model("un").complete(ASKED).text == "un"


def test_a_plan_without_a_pace_and_work_for_no_organization_are_not_counted(charlie):
    with scope(organization=charlie.organization.pk), pacing.paced_call(), pacing.paced_call():
        assert model("un").complete(ASKED).text == "un"
    assert model("un").complete(ASKED).text == "un"


def test_limits_are_told_to_whoever_asks_for_the_model_itself(here):
    with pacing.paced_call(), pytest.raises(LimitReached) as refused, pacing.paced_call():
        pass
    assert refused.value.code == "plan_throttled"


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_leaves_a_stream_gives_the_slot_back(here):
    async def leave():
        async with aclosing(model("un deux trois").stream(ASKED)) as deltas:
            async for _ in deltas:
                break

    asyncio.run(leave())
    with pacing.paced_call():
        pass
