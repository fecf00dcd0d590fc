"""The embedder behind the inference service: `GET /info`, `POST /embed`, `POST /embed/batch`."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np

from engines.embeddings import ModelCard, Vectors, refuse_broken_unicode
from engines.errors import EngineBusy, EngineError, EngineRejected, EngineTimeout, EngineUnavailable

# The service's own limits, so that a caller never has to know them.
BATCH_TEXTS = 256
TEXT_CHARACTERS = 8000

_BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
_LONGEST_RETRY_AFTER = 300.0


class HttpEmbedder:
    """A keep-alive client of one service. Thread-safe; `close` it, or use it as a context manager."""

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        timeout: float = 30.0,
        connections: int = 10,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`timeout` is in seconds for one answer. `token`, if given, is sent as a bearer token."""
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 3.0)),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            transport=transport,
            trust_env=False,  # a proxy meant for the outside must not see the questions
        )
        self._card: ModelCard | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    @property
    def model(self) -> ModelCard:
        """Asked once, at the first use. Raises EngineError."""
        if self._card is None:
            self._card = self._read_card(self._call("GET", "/info"))
        return self._card

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the port says. One text takes the service's fast lane, several go in batches."""
        refuse_broken_unicode(texts)
        cut = [text[:TEXT_CHARACTERS] for text in texts]
        if not cut:
            return np.empty((0, self.model.dimensions), dtype=np.float32)
        if len(cut) == 1:
            return self._read_vectors(self._call("POST", "/embed", {"text": cut[0]}), key="embedding", count=1)
        batches = [cut[start : start + BATCH_TEXTS] for start in range(0, len(cut), BATCH_TEXTS)]
        answers = [self._call("POST", "/embed/batch", {"texts": batch}) for batch in batches]
        return np.concatenate(
            [
                self._read_vectors(answer, key="embeddings", count=len(batch))
                for answer, batch in zip(answers, batches, strict=True)
            ]
        )

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, json=body)
        except httpx.TimeoutException as late:
            raise EngineTimeout("the embeddings service did not answer in time") from late
        except httpx.TransportError as unreachable:
            raise EngineUnavailable("the embeddings service cannot be reached") from unreachable
        if response.is_success:
            return _json_object(response)
        raise _error(response)

    def _read_card(self, answer: dict[str, Any]) -> ModelCard:
        try:
            return ModelCard(**{name: answer["engines"]["embeddings"]["model"][name] for name in ModelCard.__slots__})
        except (KeyError, TypeError) as unknown:
            raise EngineUnavailable("the embeddings service does not say which model it serves") from unknown

    def _read_vectors(self, answer: dict[str, Any], *, key: str, count: int) -> Vectors:
        """A service restarted on another model must not slip its vectors among ours."""
        if answer.get("model") != self.model.identifier:
            self._card = None
            raise EngineUnavailable("the embeddings service changed its model")
        try:
            vectors = np.asarray(answer[key], dtype=np.float32).reshape(count, self.model.dimensions)
        except (KeyError, TypeError, ValueError) as malformed:
            raise EngineUnavailable("the embeddings service answered vectors of another shape") from malformed
        return vectors


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError as garbled:
        raise EngineUnavailable("the embeddings service did not answer JSON") from garbled
    if not isinstance(answer, dict):
        raise EngineUnavailable("the embeddings service did not answer a JSON object")
    return answer


def _error(response: httpx.Response) -> EngineError:
    if response.status_code in _BUSY:
        return EngineBusy("the embeddings service is busy", retry_after=_retry_after(response))
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        # A configuration to correct, not a text to refuse: the same call works once the token is right.
        return EngineUnavailable("the embeddings service refuses our token")
    if response.is_client_error:
        return EngineRejected(f"the embeddings service refused the text ({response.status_code})")
    return EngineUnavailable(f"the embeddings service failed ({response.status_code})")


def _retry_after(response: httpx.Response) -> float:
    asked = response.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_RETRY_AFTER) if asked.isdecimal() else 1.0
