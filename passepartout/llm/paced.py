"""A language model whose calls are paced by the plan of the organization in scope, and held against its day."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.db import connection

from engines.errors import EngineBusy
from engines.llm import DEFAULT, Completion, Delta, Health, LanguageModel, Message, Parameters, Schema
from passepartout.billing.pacing import begin_call, end_call
from passepartout.kernel.errors import LimitReached
from passepartout.kernel.scope import has_organization

from .metered import Held, hold_for_call, release_call

_Result = TypeVar("_Result")


class PlanThrottled(EngineBusy):
    """The plan's pace says no for now: whoever asked a question answers it without the model."""

    code: ClassVar[str] = "plan_throttled"


class PlanSpent(EngineBusy):
    """The plan's tokens or seconds of today are used up, calls that are on their way included."""

    code: ClassVar[str] = "plan_limit"


@dataclass(frozen=True)
class _Turn:
    """What a call that has begun gives back at its end."""

    slot: str
    held: Held

    def over(self) -> None:
        end_call(self.slot)
        release_call(self.held)


class PacedModel:
    """Raises PlanThrottled or PlanSpent where the plan lets no call begin. Outside an organization's scope nothing is
    counted.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def context(self) -> int:
        return self._model.context

    def complete(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> Completion:
        turn = _begin(messages, parameters)
        try:
            return self._model.complete(messages, parameters, schema)
        finally:
            if turn:
                turn.over()

    async def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        turn = await asyncio.to_thread(_and_hang_up, _begin, messages, parameters)
        try:
            async with aclosing(self._model.stream(messages, parameters, schema)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            if turn:
                await asyncio.to_thread(_and_hang_up, turn.over)

    def health(self) -> Health:
        return self._model.health()

    def models(self) -> tuple[str, ...]:
        return self._model.models()


def _and_hang_up(work: Callable[..., _Result], *arguments: Any) -> _Result:
    """In a thread of its own, whose database connection is given back: the answer may stream for minutes."""
    try:
        return work(*arguments)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _begin(messages: Sequence[Message], parameters: Parameters) -> _Turn | None:
    if not has_organization():
        return None
    try:
        slot = begin_call()
    except LimitReached as error:
        raise PlanThrottled(error.detail, retry_after=float(error.retry_after or 1)) from None
    try:
        return _Turn(slot, hold_for_call(messages, parameters))
    except LimitReached as error:
        end_call(slot)
        raise PlanSpent(error.detail, retry_after=float(error.retry_after or 1)) from None
