"""A language model whose GPU others use: it waits, says where, gives up, and lets go when its lease is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from uuid import uuid4

import pytest

from embedded.valkey import ValkeyServer
from engines.accelerator import GpuBusy, GpuLost, Place
from engines.accelerator.turns import Turns
from engines.accelerator.valkey import ValkeyAccelerator
from engines.llm import Delta, LanguageModel, Message, Schema
from engines.llm.fake import ScriptedModel
from engines.llm.leased import LeasedModel
from tests.leases import empty, settled, taken, valkey

ASKED = [Message("user", "?")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with valkey(tmp_path_factory.mktemp("leases")) as running:
        yield running


@pytest.fixture
def gpu(server: ValkeyServer) -> Iterator[ValkeyAccelerator]:
    made = ValkeyAccelerator(server.url, f"gpu-{uuid4().hex}", seconds=1.0)
    settled(made)
    yield made
    made.close()


class Slow(ScriptedModel):
    """Writes a word each tenth of a second, without end."""

    async def stream(self, *_: object) -> AsyncGenerator[Delta, None]:
        try:
            while True:
                await asyncio.sleep(0.1)
                yield Delta("mot ")
        finally:
            self.freed += 1


def leased(model: LanguageModel, gpu: ValkeyAccelerator, *, patience: float = 5.0) -> LeasedModel:
    return LeasedModel(model, Turns(gpu, "language model", shared=True, patience=patience), owner=lambda: "alice")


async def read(model: LanguageModel, *, until: float = 10.0) -> list[Delta]:
    found: list[Delta] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(until), aclosing(model.stream(ASKED)) as deltas:
            async for delta in deltas:
                found.append(delta)
    return found


def test_a_call_is_refused_while_another_service_has_the_gpu(gpu):
    taken(gpu, "ocr")
    scripted = ScriptedModel(["yes"])
    with pytest.raises(GpuBusy):
        leased(scripted, gpu, patience=0).complete(ASKED)
    with pytest.raises(GpuBusy):
        asyncio.run(read(leased(scripted, gpu, patience=0.3)))
    assert scripted.calls == []


def test_a_call_holds_the_gpu_and_gives_it_back(gpu):
    scripted = ScriptedModel(["yes", "no", "maybe"])
    model = leased(scripted, gpu)
    schema = Schema("answer", {"type": "string"})
    assert model.complete(ASKED, schema=schema).text == "yes"
    assert scripted.calls[0].schema == schema
    assert "".join(delta.text for delta in asyncio.run(read(model))) == "no"
    assert model.complete(ASKED).text == "maybe"
    assert gpu.usage().waiting == ()
    time.sleep(0.2)
    assert not gpu.usage().busy


def test_calls_of_the_model_do_not_wait_for_each_other(gpu):
    async def both() -> list[list[Delta]]:
        return await asyncio.gather(read(leased(Slow(), gpu), until=0.6), read(leased(Slow(), gpu), until=0.6))

    first, second = asyncio.run(both())
    assert len(first) > 2
    assert len(second) > 2


def test_a_stream_says_where_it_waits_and_then_answers(gpu):
    other = taken(gpu, "ocr")

    async def waiting() -> list[Delta]:
        reader = asyncio.create_task(read(leased(ScriptedModel(["yes"]), gpu)))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(gpu.release, other.claim)
        return await reader

    first, *answer = asyncio.run(waiting())
    assert isinstance(first.place, Place)
    assert (first.place.position, first.place.holder, first.text) == (1, "ocr", "")
    assert "".join(delta.text for delta in answer) == "yes"


def test_who_leaves_while_waiting_leaves_the_queue(gpu):
    taken(gpu, "ocr")
    scripted = ScriptedModel(["yes"])
    asyncio.run(read(leased(scripted, gpu), until=0.5))
    time.sleep(0.3)
    assert gpu.usage().waiting == ()
    assert scripted.calls == []


@pytest.mark.parametrize("whole", [False, True], ids=["stream", "complete"])
def test_a_lease_that_is_lost_in_the_middle_frees_the_model_at_once(gpu, server, whole):
    slow = Slow()
    model = leased(slow, gpu)
    began = time.monotonic()

    async def emptied() -> None:
        reader = asyncio.create_task(asyncio.to_thread(model.complete, ASKED) if whole else read(model))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(empty, server)
        await reader

    with pytest.raises(GpuLost):
        asyncio.run(emptied())
    assert time.monotonic() - began < 2
    assert slow.freed == 1
