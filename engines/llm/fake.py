"""A language model that says what a test wrote for it, in order."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field

from engines.errors import EngineError
from engines.llm import DEFAULT, Completion, Delta, Health, Message, Parameters, Schema
from engines.llm.errors import ModelUnreachable


@dataclass(frozen=True, slots=True)
class Call:
    messages: tuple[Message, ...]
    parameters: Parameters
    schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class CutAfter:
    """A stream that says `text` and then fails with `error`."""

    text: str
    error: EngineError


_PIECE = re.compile(r"\s*\S+|\s+")

Line = str | EngineError | CutAfter


@dataclass
class ScriptedModel:
    """Each call takes the next line: a text is answered, an error is raised. After the last one it is unreachable.

    `calls` is what it was asked; `freed` counts the streams that ended, read to their end or closed before.
    Tokens are words.
    """

    lines: Iterable[Line] = ()
    name: str = "scripted"
    context: int = 8192
    state: Health = field(default_factory=lambda: Health("ok", models=("scripted",)))
    calls: list[Call] = field(default_factory=list)
    freed: int = 0

    def __post_init__(self) -> None:
        self._script = deque(self.lines)

    def then(self, *lines: Line) -> None:
        self._script.extend(lines)

    def complete(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> Completion:
        line = self._next(Call(tuple(messages), parameters, schema))
        if isinstance(line, CutAfter):
            raise line.error
        return self._completion(line, messages, parameters)

    async def stream(
        self, messages: Sequence[Message], parameters: Parameters = DEFAULT, schema: Schema | None = None
    ) -> AsyncGenerator[Delta, None]:
        line = self._next(Call(tuple(messages), parameters, schema))
        text = line.text if isinstance(line, CutAfter) else line
        completion = self._completion(text, messages, parameters)
        try:
            for piece in _PIECE.findall(completion.text):
                yield Delta(piece)
            if isinstance(line, CutAfter):
                raise line.error
            yield Delta(completion=completion)
        finally:
            self.freed += 1

    def health(self) -> Health:
        return self.state

    def models(self) -> tuple[str, ...]:
        return self.state.models

    def _next(self, call: Call) -> str | CutAfter:
        self.calls.append(call)
        line = self._script.popleft() if self._script else ModelUnreachable("the script is over")
        if isinstance(line, EngineError):
            raise line
        return line

    def _completion(self, text: str, messages: Sequence[Message], parameters: Parameters) -> Completion:
        words = text.split()
        cut = len(words) > parameters.max_tokens
        return Completion(
            text=" ".join(words[: parameters.max_tokens]) if cut else text,
            finish_reason="length" if cut else "stop",
            prompt_tokens=sum(len(message.content.split()) for message in messages),
            completion_tokens=min(len(words), parameters.max_tokens),
            model=self.name,
            latency=0.0,
            first_token=0.0,
        )
