"""A language model whose calls are paced by the plan of the organization in scope."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import ClassVar

from django.db import connection

from engines.errors import EngineBusy
from engines.llm import DEFAULT, Completion, Delta, Health, LanguageModel, Message, Parameters, Schema
from passepartout.billing.pacing import begin_call, end_call
from passepartout.kernel.errors import LimitReached
from passepartout.kernel.scope import has_organization


class PlanThrottled(EngineBusy):
    """The plan's pace says no for now: whoever asked a question answers it without the model."""

    code: ClassVar[str] = "plan_throttled"


class PacedModel:
    """Raises PlanThrottled where the plan lets no call begin now. Outside an organization's scope nothing is paced."""

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
        slot = _begin()
        try:
            return self._model.complete(messages, parameters, schema)
        finally:
            end_call(slot)

    async def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        slot = await asyncio.to_thread(_begin_apart)
        try:
            async with aclosing(self._model.stream(messages, parameters, schema)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            if slot:
                await asyncio.to_thread(end_call, slot)

    def health(self) -> Health:
        return self._model.health()

    def models(self) -> tuple[str, ...]:
        return self._model.models()


def _begin_apart() -> str:
    """In a thread of its own, whose database connection is given back: the answer may stream for minutes."""
    try:
        return _begin()
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _begin() -> str:
    if not has_organization():
        return ""
    try:
        return begin_call()
    except LimitReached as error:
        raise PlanThrottled(error.detail, retry_after=float(error.retry_after or 1)) from None
