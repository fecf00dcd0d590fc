"""Sentence embeddings: the port. Adapters: `local` (onnxruntime), `http` (the inference service), `fake` (tests)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from engines.errors import EngineRejected

Precision = Literal["fp32", "int8"]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Which model made a vector. Vectors of two cards never share a collection, even fp32 and int8 of one model."""

    id: str
    precision: Precision
    dimensions: int
    max_tokens: int

    @property
    def identifier(self) -> str:
        """For example `all-MiniLM-L6-v2/fp32`."""
        return f"{self.id}/{self.precision}"


def refuse_broken_unicode(texts: Sequence[str]) -> None:
    """Raises EngineRejected for a lone surrogate, which no tokenizer and no JSON can carry."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as broken:
            raise EngineRejected(f"not Unicode text: lone surrogate at character {broken.start}") from broken


class Embedder(Protocol):
    @property
    def model(self) -> ModelCard: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), model.dimensions), each of length 1, in the order given.

        Text beyond `model.max_tokens` word pieces is not read. Raises EngineError.
        """
        ...
