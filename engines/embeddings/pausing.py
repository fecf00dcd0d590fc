"""An embedder that is left alone for a while when it does not answer: whoever waits in front of a screen waits once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from engines.embeddings import Embedder, ModelCard, Vectors
from engines.errors import EngineTimeout, EngineUnavailable

PAUSE_SECONDS = 5.0
T = TypeVar("T")


class PausingEmbedder:
    """Thread-safe, as the embedder that it asks. One answer that does not come pauses it; a busy one is there."""

    def __init__(
        self, inner: Embedder, *, pause: float = PAUSE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._inner = inner
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0

    @property
    def model(self) -> ModelCard:
        """Raises EngineError."""
        return self._asked(lambda: self._inner.model)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As the port says; EngineUnavailable at once while it is paused."""
        return self._asked(lambda: self._inner.embed(texts))

    def _asked(self, question: Callable[[], T]) -> T:
        with self._lock:
            if self._clock() < self._until:
                raise EngineUnavailable("the embeddings service did not answer a moment ago")
        try:
            return question()
        except (EngineTimeout, EngineUnavailable):
            with self._lock:
                self._until = self._clock() + self._pause
            raise
