"""The embedder of this process: onnxruntime on the CPU, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from engines.embeddings import ModelCard, Vectors, refuse_broken_unicode
from engines.embeddings.model_files import GRAPH, TOKENIZER, read_card

# More rows bring nothing on a CPU, and a question waits for the batch before it.
BATCH_ROWS = 8
# A text padded to many times its length costs as much as a text of that length.
WIDEST, SHORTEST = 2, 16


class LocalEmbedder:
    """Reads the directory written by `inference.embeddings.build`. Thread-safe.

    Batches run side by side, one thread each: on two cores that is faster than one batch at a time on two
    threads. Texts of about one length share a batch, so that little of it is padding.
    """

    def __init__(self, directory: Path, *, threads: int = 2) -> None:
        """Raises EngineUnavailable if `directory` does not hold a whole, unaltered model."""
        self.model: ModelCard = read_card(directory)
        self._tokenizer = _tokenizer(directory / TOKENIZER, max_tokens=self.model.max_tokens)
        self._session = _session(directory / GRAPH)
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="embed") if threads > 1 else None

    def embed(self, texts: Sequence[str]) -> Vectors:
        refuse_broken_unicode(texts)
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        vectors = np.empty((len(texts), self.model.dimensions), dtype=np.float32)
        batches = batches_of([len(encoding.ids) for encoding in encodings])

        def run(rows: list[int]) -> None:
            vectors[rows] = self._run([encodings[row] for row in rows])

        # Longest first: the threads then end together. A single thread is the caller's own, which has others beside it.
        side_by_side = map if self._pool is None or len(batches) == 1 else self._pool.map
        list(side_by_side(run, reversed(batches)))
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        width = max(len(encoding.ids) for encoding in encodings)
        ids: npt.NDArray[np.int64] = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        (vectors,) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return vectors


def batches_of(lengths: Sequence[int]) -> list[list[int]]:
    """Indexes of `lengths` (in word pieces), shortest first, BATCH_ROWS at most together."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        widest = WIDEST * max(SHORTEST, lengths[batches[-1][0]]) if batches else 0
        if not batches or len(batches[-1]) == BATCH_ROWS or lengths[index] > widest:
            batches.append([])
        batches[-1].append(index)
    return batches


def _tokenizer(path: Path, *, max_tokens: int) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    # The published file cuts at 128 word pieces and pads to 128: both are undone before our own limit is set.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.enable_truncation(max_length=max_tokens)
    return tokenizer


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
