"""Organizations full of indexed documents, copied straight into the tables, without hours of indexing.

Chunks are sentences of our retrieval sets in random order, a fifth of their words replaced by words of a Zipf
distribution over 60,000 made-up ones, so that postings are as long and as many as those of real text. Vectors are
halfway between two real windows, with noise: unit vectors in the cone where the model's vectors are.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID, uuid4

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.retrieval.corpus import LANGUAGES, sources
from engines.embeddings import Embedder
from engines.text.analysis import terms
from engines.text.sentences import sentences

CHUNKS = 8  # a document of five pages
WINDOWS = 7
WORDS = 330  # of a chunk of 600 tokens
VOCABULARY = 60_000
MODEL_DIMENSIONS = 384
Vectors = NDArray[np.float32]

COLUMNS = {
    "stored_objects": "id created_at:timestamptz sha256:varchar size:int8 mime:varchar storage_path:varchar org_id",
    "documents": "id created_at:timestamptz title:varchar original_filename:varchar storage_path:varchar size:int8 "
    "sha256:varchar mime:varchar visibility:varchar status:varchar restore_status:varchar error_code:varchar "
    "error_detail:varchar language:varchar pages:int4 warnings:jsonb live_version updated_at:timestamptz "
    "content_id org_id",
    "document_versions": "id created_at:timestamptz job_id model:varchar dimensions:int4 analyser:varchar "
    "chunk_count:int4 window_count:int4 term_count:int8 doc_id org_id",
    "embeddings_meta": "id created_at:timestamptz part_no:int4 chunk_text:text chunk_hash:varchar qdrant_id "
    "model:varchar page_from:int4 page_to:int4 char_start:int4 char_end:int4 token_count:int4 language:varchar "
    "heading:varchar boxes:jsonb org_id doc_id version_id",
    "chunk_windows": "id doc_id chunk_id model:varchar part:int4 number:int4 embedding:halfvec org_id version_id",
    "postings": "term:varchar parts:int4[] freqs:int4[] lengths:int4[] org_id version_id",
}
Rows = dict[str, list[tuple[Any, ...]]]


def real_windows(embedder: Embedder) -> Vectors:
    """The vectors of our retrieval sets' passages."""
    passages = [passage for language in LANGUAGES for source in sources(language) for passage in source.passages]
    return np.vstack([embedder.embed(passages[first : first + 64]) for first in range(0, len(passages), 64)])


class Crowd:
    """Fills organizations. ``vectors`` are real windows' of the model that is named."""

    def __init__(self, model: str, vectors: Vectors, *, seed: int = 7) -> None:
        self._model, self._vectors = model, vectors
        self._chance, self._numbers = random.Random(seed), np.random.default_rng(seed)
        self._sentences = {language: list(_analysed(language)) for language in LANGUAGES}
        self._made_up = [f"{_syllables(number)}" for number in range(VOCABULARY)]
        weights = 1 / np.arange(1, VOCABULARY + 1)
        self._zipf = weights / weights.sum()

    def fill(self, owner: psycopg.Connection[Any], organization: UUID, windows: int) -> None:
        """Copy as many documents as hold ``windows`` windows into the tables of one organization, and commit."""
        register_vector(owner)
        _force(owner, "NO FORCE")  # COPY refuses tables whose policies bind even their owner
        for first in range(0, windows, WINDOWS * CHUNKS * 50):
            share = min(windows - first, WINDOWS * CHUNKS * 50)
            rows = self.rows(organization, documents=round(share / (WINDOWS * CHUNKS)))
            for table, columns in COLUMNS.items():
                _copy(owner, table, columns, rows[table])
        owner.commit()
        _force(owner, "FORCE")
        owner.commit()

    def rows(self, organization: UUID, *, documents: int) -> Rows:
        """The rows of that many new documents, by table, in the order of COLUMNS."""
        rows: Rows = {table: [] for table in COLUMNS}
        for _ in range(documents):
            self._document(rows, organization)
        return rows

    def _document(self, rows: Rows, org: UUID) -> None:
        now, doc, version, content = datetime.now(UTC), uuid4(), uuid4(), uuid4()
        language = self._chance.choice(LANGUAGES)
        name, digest, path = f"Dossier {doc.hex[:6]}", doc.hex * 2, f"{org.hex}/{doc.hex * 2}"
        counted: dict[str, dict[int, int]] = {}
        lengths: dict[int, int] = {}
        rows["stored_objects"].append((content, now, digest, 9000, "text/plain", path, org))
        rows["documents"].append(
            (doc, now, name, f"{name}.txt", path, 9000, digest, "text/plain", "organization", "indexed", "", "", "",
             language, 5, Jsonb([]), version, now, content, org)
        )  # fmt: skip
        for part in range(1, CHUNKS + 1):
            text, found = self._chunk(language)
            lengths[part] = len(found)
            for term, count in Counter(found).items():
                counted.setdefault(term[:64], {})[part] = count
            chunk = uuid4()
            rows["embeddings_meta"].append(
                (chunk, now, part, text, digest, chunk, self._model, part, part, 0, len(text), 600, language, "",
                 Jsonb([]), org, doc, version)
            )  # fmt: skip
            for number, vector in enumerate(self._windows(), start=1):
                rows["chunk_windows"].append(
                    (uuid4(), doc, chunk, self._model, part, number, HalfVector(vector), org, version)
                )
        rows["document_versions"].append(
            (version, now, uuid4(), self._model, MODEL_DIMENSIONS, "1", CHUNKS, CHUNKS * WINDOWS,
             sum(lengths.values()), doc, org)
        )  # fmt: skip
        for term, parts in counted.items():
            own = [lengths[part] for part in parts]
            rows["postings"].append((term, list(parts), list(parts.values()), own, org, version))

    def _chunk(self, language: str) -> tuple[str, list[str]]:
        written: list[str] = []
        found: list[str] = []
        words = 0
        while words < WORDS * 4 // 5:
            sentence, analysed = self._chance.choice(self._sentences[language])
            written.append(sentence)
            found += analysed
            words += len(sentence.split())
        made_up = [self._made_up[number] for number in self._numbers.choice(VOCABULARY, WORDS // 5, p=self._zipf)]
        return f"{' '.join(written)} {' '.join(made_up)}.", found + made_up

    def _windows(self) -> Vectors:
        pairs = self._vectors[self._numbers.integers(len(self._vectors), size=(WINDOWS, 2))].sum(axis=1)
        noisy = pairs + self._numbers.normal(scale=0.03, size=pairs.shape).astype(np.float32)
        unit: Vectors = noisy / np.linalg.norm(noisy, axis=1, keepdims=True)
        return unit


def _analysed(language: str) -> Iterator[tuple[str, list[str]]]:
    for source in sources(language):
        for passage in source.passages:
            for found in sentences(passage, language):
                text = passage[found.start : found.end]
                yield text, terms(text, language)


def _syllables(number: int) -> str:
    """A word of its own for every number."""
    consonants, vowels, word = "bdfglmnprstvz", "aeiou", ""
    while number or len(word) < 4:
        number, pair = divmod(number, len(consonants) * len(vowels))
        word += consonants[pair // len(vowels)] + vowels[pair % len(vowels)]
    return word


def _force(owner: psycopg.Connection[Any], how: LiteralString) -> None:
    for table in COLUMNS:
        owner.execute(sql.SQL("ALTER TABLE {} " + how + " ROW LEVEL SECURITY").format(sql.Identifier(table)))


def _copy(owner: psycopg.Connection[Any], table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    named = [column.partition(":")[::2] for column in columns.split()]
    names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in named)
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table), names)
    with owner.cursor() as cursor, cursor.copy(command) as copy:
        copy.set_types([kind or "uuid" for _, kind in named])
        for row in rows:
            copy.write_row(row)
