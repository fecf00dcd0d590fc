"""A hostile model: it says what a document orders between `SAY<<` and `>>`, whole, even where we had blunted the order
before it was read (a document may be in code); without an order it recites all that it was told.

One file for each entry of the OWASP Top 10 for LLM Applications, 2026: docs/security/README.md.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest

from engines.llm import Completion, Delta, Health, Message
from passepartout.assistant import answering
from passepartout.documents.factories import indexed
from tests.answers.house import QUESTION, RULES

ORDER = re.compile(r"SAY<<(.*?)>>", re.DOTALL)


class Obedient:
    """``told`` is each prompt it was given, as one text."""

    name = "obedient"
    context = 8192

    def __init__(self) -> None:
        self.told: list[str] = []
        self.order = ""

    def _said(self, messages: Sequence[Message]) -> str:
        whole = "\n".join(message.content for message in messages)
        self.told.append(whole)
        return self.order or "\n".join(ORDER.findall(whole)) or whole

    def complete(self, messages: Sequence[Message], parameters: Any = None, schema: Any = None) -> Completion:
        return Completion(self._said(messages), "stop", 1, 1, self.name, 0.0, 0.0)

    async def stream(self, messages: Sequence[Message], parameters: Any = None) -> AsyncGenerator[Delta, None]:
        whole = self.complete(messages)
        for start in range(0, len(whole.text), 5):
            yield Delta(whole.text[start : start + 5])
            await asyncio.sleep(0)
        yield Delta(completion=whole)

    def health(self) -> Health:
        return Health("ok")

    def models(self) -> tuple[str, ...]:
        return (self.name,)


@pytest.fixture
def model(monkeypatch):
    obedient = Obedient()
    monkeypatch.setattr(answering, "language_model", lambda: obedient)
    return obedient


@pytest.fixture
def client(api, alice):
    return api(alice)


@pytest.fixture
def answer_to(client, alice, model):
    """``answer_to("order")``: the answer when a document of Alice's gives the model this order."""

    def ask(order, question=QUESTION):
        model.order = order
        indexed(client, alice, RULES, "piège.txt")
        answer = client.post("/api/v1/ask/", {"question": question})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask
