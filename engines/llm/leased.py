"""A language model on a GPU that other heavy services use too: it is asked while its calls hold the GPU's lease."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from engines.accelerator import GpuLost, Place
from engines.accelerator.turns import Held, Turns
from engines.llm import DEFAULT, Completion, Delta, Health, LanguageModel, Message, Parameters, Schema
from engines.llm.whole import run, whole


class LeasedModel:
    """Raises GpuBusy, GpuUnavailable, and GpuLost when the lease ends in the middle: the model is then let go at once.

    `owner` says on whose share of the queue a call waits.
    """

    def __init__(self, model: LanguageModel, turns: Turns, *, owner: Callable[[], str] = str) -> None:
        self._model = model
        self._turns = turns
        self._owner = owner

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def context(self) -> int:
        return self._model.context

    def complete(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> Completion:
        with self._turns.turn(owner=self._owner()) as held:
            return run(whole(self._while_held(held, messages, parameters, schema)))

    async def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        """The pieces; before them, where the call waits, whenever that changes."""
        async with aclosing(self._turns.places(owner=self._owner())) as places:
            async for place in places:
                if isinstance(place, Place):
                    yield Delta(place=place)
                    continue
                async with aclosing(self._while_held(place, messages, parameters, schema)) as deltas:
                    async for delta in deltas:
                        yield delta

    async def _while_held(
        self, held: Held, messages: Sequence[Message], parameters: Parameters, schema: Schema | None
    ) -> AsyncGenerator[Delta, None]:
        watch = _Watch(held)
        async with aclosing(self._model.stream(messages, parameters, schema)) as deltas:
            while (delta := await watch.next(deltas)) is not None:
                yield delta

    def health(self) -> Health:
        return self._model.health()

    def models(self) -> tuple[str, ...]:
        return self._model.models()


class _Watch:
    """Ends a wait for the next piece when the lease is lost, in the loop it is made in."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._loop = asyncio.get_running_loop()
        self._clock: asyncio.Timeout | None = None
        held.when_lost(self._lost)

    async def next(self, deltas: AsyncGenerator[Delta, None]) -> Delta | None:
        self._held.check()
        try:
            async with asyncio.timeout(None) as self._clock:
                return await anext(deltas, None)
        except TimeoutError as lost:
            raise GpuLost("the lease of the GPU ended") from lost
        finally:
            self._clock = None

    def _lost(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if self._clock is not None and not self._clock.expired():
            self._clock.reschedule(self._loop.time())
