"""Language models: the port. Adapters: `openai_http` (Ollama, vLLM, TGI, llama.cpp), `fake` (a script, for tests)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from engines.accelerator import Place

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """`max_tokens`: the most tokens of an answer. `temperature` 0: greedy. `stop`: texts before which it ends."""

    max_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


DEFAULT = Parameters()


@dataclass(frozen=True, slots=True)
class Schema:
    """A JSON Schema that the answer must obey; the engine is asked to constrain itself, and we check again."""

    name: str
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """`finish_reason`: `stop`, `length` (cut at max_tokens) or what else the engine said.

    Tokens are those the engine counted, 0 where it counts none. Times are in seconds, from the call.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    model: str
    latency: float
    first_token: float

    @property
    def cut(self) -> bool:
        return self.finish_reason == "length"


@dataclass(frozen=True, slots=True)
class Delta:
    """One piece of a streamed answer. The last one has no text and carries the whole `completion`.

    Before the first, some may say where the call waits for the GPU (`place`) and nothing else.
    """

    text: str = ""
    completion: Completion | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """`state`: ok, busy, unavailable or paused (the circuit breaker is open); `detail` is safe to show an operator."""

    state: Literal["ok", "busy", "unavailable", "paused"]
    detail: str = ""
    models: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.state == "ok"


class LanguageModel(Protocol):
    """Thread-safe. Whoever calls it holds no database transaction open."""

    @property
    def name(self) -> str:
        """The model that is asked, as its engine names it."""
        ...

    @property
    def context(self) -> int:
        """How many tokens prompt and answer may have together."""
        ...

    def complete(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> Completion:
        """The whole answer, within the adapter's time. With a schema the text is meant to obey it but is not checked:
        `engines.llm.structured` does. Not to be called where an event loop runs. Raises EngineError."""
        ...

    def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        """Pieces as they are written, then one delta with the completion. Closing the generator (`aclosing`), or
        cancelling the task that reads it, frees the model at once. Raises EngineError while it is read."""
        ...

    def health(self) -> Health:
        """Whether it would answer now, in at most a few seconds. Raises nothing."""
        ...

    def models(self) -> tuple[str, ...]:
        """Names of the models that the engine serves. Raises EngineError."""
        ...
