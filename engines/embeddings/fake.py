"""An embedder without a model, for tests: texts that share words point the same way, always the same way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from engines.embeddings import ModelCard, Vectors

_WORD = re.compile(r"\w+")


class FakeEmbedder:
    """Feature hashing of lower-cased words (Weinberger et al., 2009): each word adds one signed unit to one axis."""

    def __init__(self, *, dimensions: int = 384) -> None:
        self.model = ModelCard(id="feature-hashing", precision="fp32", dimensions=dimensions, max_tokens=256)

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.model.dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in _WORD.findall(text.lower())[: self.model.max_tokens] or [""]:
                digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
                axis = int.from_bytes(digest[:7], "big") % self.model.dimensions
                row[axis] += 1.0 if digest[7] % 2 else -1.0
            row[0] += 1e-3  # two words may cancel each other out, and every vector must have a direction
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
