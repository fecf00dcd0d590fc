"""A model that fails again and again is left alone for a while: callers fall back at once instead of waiting.

The circuit breaker of Nygard, "Release It!" (2007): closed; open after `FAILURES` in a row; half-open after a pause,
when one call is let through and decides.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager

from engines.errors import EngineBusy, EngineError
from engines.llm import DEFAULT, Completion, Delta, Health, LanguageModel, Message, Parameters, Schema
from engines.llm.errors import ModelPaused

FAILURES = 5
PAUSE_SECONDS = 30.0


class Breaker:
    """Thread-safe. Held by one process: each learns by itself, which costs it five calls."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause: float = PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        with self._lock:
            return self._failures >= self._limit and self._clock() < self._open_until

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Raises ModelPaused when it is open. What is raised inside decides; leaving early decides nothing."""
        call = Call(self, trial=self._enter())
        try:
            yield call
            call.answered()
        except EngineError as error:
            if error.permanent or isinstance(error, EngineBusy):
                call.answered()
            else:
                call.failed()
            raise
        finally:
            call.ended()

    def _enter(self) -> bool:
        """Whether this call is the one that tries a paused model again."""
        with self._lock:
            if self._failures < self._limit:
                return False
            left = self._open_until - self._clock()
            if left > 0 or self._trying:
                raise ModelPaused("too many failures in a row", retry_after=max(left, 1.0))
            self._trying = True
            return True

    def _answered(self) -> None:
        with self._lock:
            self._failures = 0

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._open_until = self._clock() + self._pause

    def _end_trial(self) -> None:
        with self._lock:
            self._trying = False


class Call:
    """One call through a breaker."""

    def __init__(self, breaker: Breaker, *, trial: bool) -> None:
        self._breaker = breaker
        self._trial = trial

    def answered(self) -> None:
        """The model said something, if only no: it lives. A stream says so at its first word, not at its end."""
        self._breaker._answered()  # noqa: SLF001 - one class in two
        self.ended()

    def failed(self) -> None:
        self._breaker._failed()  # noqa: SLF001 - one class in two

    def ended(self) -> None:
        if self._trial:
            self._trial = False
            self._breaker._end_trial()  # noqa: SLF001 - one class in two


class GuardedModel:
    """A language model behind a breaker."""

    def __init__(self, model: LanguageModel, breaker: Breaker) -> None:
        self._model = model
        self._breaker = breaker

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def context(self) -> int:
        return self._model.context

    def complete(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> Completion:
        with self._breaker.call():
            return self._model.complete(messages, parameters, schema)

    async def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        with self._breaker.call() as call:
            async with aclosing(self._model.stream(messages, parameters, schema)) as deltas:
                async for delta in deltas:
                    call.answered()
                    yield delta

    def health(self) -> Health:
        """Asked even while open: an operator wants to know how the model is now."""
        found = self._model.health()
        if found.ok and self._breaker.is_open:
            return Health("paused", "too many failures in a row; it answers again and will be asked soon", found.models)
        return found

    def models(self) -> tuple[str, ...]:
        return self._model.models()
