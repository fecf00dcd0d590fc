"""A language model behind the OpenAI-compatible API of Ollama, vLLM, TGI or llama.cpp, by the official client.

Whole answers are streamed too: so hangs and cuts are seen, and giving up frees the model. Each call has a connection of
its own, in the event loop that reads it: a model takes seconds, a connection a millisecond.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai

from engines.errors import EngineBusy, EngineError
from engines.llm import DEFAULT, Completion, Delta, Health, Message, Parameters, Schema
from engines.llm.answers import Answer, Timeouts
from engines.llm.errors import ModelTimeout, PromptTooLong
from engines.llm.failures import typed
from engines.llm.kinds import KINDS
from engines.llm.whole import run, whole
from engines.llm.wire import bounded_client

MAX_ANSWER_BYTES = 10 * 1024 * 1024
_HEALTH_SECONDS = 3.0
# Fewer than prose has in any language we serve, more than tables of numbers have: a guess, for engines that cut.
_CHARACTERS_PER_TOKEN = 2.5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`url` with or without `/v1`. `kind`: a key of KINDS. `context`: tokens of prompt and answer, 0: as its kind."""

    url: str
    model: str
    kind: str = "llamacpp"
    api_key: str = ""
    context: int = 0
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_bytes: int = MAX_ANSWER_BYTES

    @property
    def root(self) -> str:
        return self.url.rstrip("/").removesuffix("/v1")


class OpenAIModel:
    """Holds nothing between calls, hence safe in threads and after a fork."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._kind = KINDS[endpoint.kind]

    @property
    def name(self) -> str:
        return self.endpoint.model

    @property
    def context(self) -> int:
        return self.endpoint.context or self._kind.context

    def prepare(self) -> None:
        """What the first call would wait half a second for: certificates, and imports that the client puts off."""
        _ = self._client_over(self._http()).chat.completions

    def complete(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> Completion:
        return run(whole(self._deltas(messages, parameters, schema)))

    def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        return self._deltas(messages, parameters, schema)

    def health(self) -> Health:
        return run(self._health())

    def models(self) -> tuple[str, ...]:
        return run(self._models())

    async def _deltas(
        self, messages: Sequence[Message], parameters: Parameters, schema: Schema | None
    ) -> AsyncGenerator[Delta, None]:
        self._refuse_too_long(messages, parameters)
        answer = Answer(self.endpoint.model, self.endpoint.timeouts)
        request = _request(self.endpoint.model, messages, parameters, schema)
        try:
            async with self._client() as client:
                async with answer.waiting():
                    stream = await client.chat.completions.create(**request)
                async with stream, aclosing(answer.chunks(stream)) as chunks:
                    async for chunk in chunks:
                        if text := answer.take(chunk):
                            yield Delta(text)
        except openai.OpenAIError as failure:
            raise typed(failure, answering=answer.begun) from failure
        yield Delta(completion=answer.completion())

    def _refuse_too_long(self, messages: Sequence[Message], parameters: Parameters) -> None:
        characters = sum(len(message.content) for message in messages)
        if self._kind.cuts_prompts and characters / _CHARACTERS_PER_TOKEN + parameters.max_tokens > self.context:
            raise PromptTooLong(f"the prompt may not fit the {self.context} tokens of the model's context")

    async def _health(self) -> Health:
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                async with self._http() as http:
                    answer = await http.get(self._kind.health)
                if answer.status_code != httpx2.codes.OK:
                    state = self._kind.states.get(answer.status_code)
                    return state or Health("unavailable", f"answered {answer.status_code}")
                return self._with_models(await self._models())
        except TimeoutError:
            return Health("unavailable", "no answer in time")
        except EngineBusy as busy:
            return Health("busy", busy.detail)
        except EngineError as failure:
            return Health("unavailable", failure.detail)
        except httpx2.HTTPError:
            return Health("unavailable", "cannot be reached")

    def _with_models(self, names: tuple[str, ...]) -> Health:
        """Engines name models loosely: Ollama adds a tag, llama.cpp answers for any name."""
        known = self.endpoint.kind == "llamacpp" or any(name.removesuffix(":latest") == self.name for name in names)
        if known or self.name in names:
            return Health("ok", models=names)
        return Health("unavailable", f"serves no model named {self.name}", names)

    async def _models(self) -> tuple[str, ...]:
        try:
            async with asyncio.timeout(_HEALTH_SECONDS), self._client() as client:
                page = await client.models.list()
        except TimeoutError as late:
            raise ModelTimeout("no list of models in time") from late
        except openai.OpenAIError as failure:
            raise typed(failure, answering=False) from failure
        listed = page.data if isinstance(page.data, list) else []
        return tuple(model.id for model in listed if isinstance(getattr(model, "id", None), str))

    @asynccontextmanager
    async def _client(self) -> AsyncGenerator[openai.AsyncOpenAI, None]:
        async with self._http() as http:
            yield self._client_over(http)

    def _client_over(self, http: httpx2.AsyncClient) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(
            base_url=f"{self.endpoint.root}/v1",
            # The client insists on a key, and would look for one in the environment.
            api_key=self.endpoint.api_key or "none",
            http_client=http,
            timeout=http.timeout,
            max_retries=0,
        )

    def _http(self) -> httpx2.AsyncClient:
        connect = self.endpoint.timeouts.connect
        return bounded_client(self.endpoint.root, connect=connect, max_bytes=self.endpoint.max_bytes)


def _request(model: str, messages: Sequence[Message], parameters: Parameters, schema: Schema | None) -> dict[str, Any]:
    request: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": parameters.max_tokens,
        "temperature": parameters.temperature,
        "top_p": parameters.top_p,
    }
    if parameters.seed is not None:
        request["seed"] = parameters.seed
    if parameters.stop:
        request["stop"] = list(parameters.stop)
    if schema is not None:
        named = {"name": schema.name, "schema": dict(schema.definition), "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": named}
    return request
