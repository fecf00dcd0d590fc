"""What the language model of this process does, for Prometheus: numbers only."""

import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

from engines.errors import EngineError
from engines.llm import DEFAULT, Completion, Delta, Health, LanguageModel, Message, Parameters, Schema

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 180)
CALLS = Counter(
    "pp_model_calls", "Calls of the language model, by `ok`, `left` (the reader left) or error code", ["end"]
)
SECONDS = Histogram("pp_model_seconds", "Seconds of a whole answer", buckets=_SECONDS)
FIRST = Histogram("pp_model_first_token_seconds", "Seconds to the first token of an answer", buckets=_SECONDS)
TOKENS = Counter("pp_model_tokens", "Tokens that the engine counted", ["side"])
PAUSED = Gauge("pp_model_paused", "1 while the model is left alone after too many failures in a row")
GPU_WAITED = Histogram("pp_gpu_lease_wait_seconds", "Seconds that a call of the model waited for the GPU")


@dataclass
class _Call:
    completion: Completion | None = None


class MeteredModel:
    """A language model whose calls are counted, refused and given up ones too."""

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
        with _counted() as call:
            call.completion = self._model.complete(messages, parameters, schema)
        return call.completion

    async def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        with _counted() as call:
            async with aclosing(self._model.stream(messages, parameters, schema)) as deltas:
                async for delta in deltas:
                    call.completion = delta.completion
                    yield delta

    def health(self) -> Health:
        return self._model.health()

    def models(self) -> tuple[str, ...]:
        return self._model.models()


@contextmanager
def _counted() -> Iterator[_Call]:
    call, end, started = _Call(), "left", time.perf_counter()
    try:
        yield call
        end = "ok"
    except EngineError as error:
        end = error.code
        raise
    finally:
        CALLS.labels("ok" if call.completion else end).inc()
        SECONDS.observe(time.perf_counter() - started)
        if call.completion:
            FIRST.observe(call.completion.first_token)
            TOKENS.labels("prompt").inc(call.completion.prompt_tokens)
            TOKENS.labels("answer").inc(call.completion.completion_tokens)
